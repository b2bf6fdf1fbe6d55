using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary><c>dir:DIR</c>: the one image of a directory. Nothing says what its root's digest has to be.</summary>
internal sealed class DirSource(string name, string directory, TargetDefaults defaults) : ISource
{
    public string Name => name;

    /// <summary><c>dir:DIR</c>; the path may have colons.</summary>
    internal static DirSource Parse(PlaceText text, TargetDefaults defaults) => new(text.Text, text.Place, defaults);

    public Task<ImageSet> ReadAsync(CancellationToken cancellationToken) => SourceErrors.RunAsync(name, async () =>
    {
        DirectoryFiles files = new(Path.GetFullPath(directory, defaults.BaseDirectory));
        ReadOnlyMemory<byte>? version = await files.TryReadAsync(DirLayout.VersionFile, cancellationToken);
        if (version is null || !version.Value.Span.SequenceEqual(DirLayout.Version))
        {
            throw new InvalidDataException(
                $"it is not a directory of the dir: transport: it has no {DirLayout.VersionFile} file that says 1.1");
        }

        ReadOnlyMemory<byte> document = await files.ReadAsync(DirLayout.RootFile, cancellationToken);
        Descriptor root = DocumentType.Describe(document);
        ImageSetReader reader = files.Reader(
            descriptor => descriptor.Digest == root.Digest ? DirLayout.RootFile : DirLayout.FileOf(descriptor));
        return await reader.ReadAsync(root, cancellationToken);
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
