using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary><c>oci:DIR[:TAG]</c>, <c>oci:DIR@DIGEST</c>, <c>oci:DIR:@N</c>: an image of a layout.</summary>
internal sealed class OciLayoutSource(string name, string directory, ImageChoice choice, TargetDefaults defaults) : ISource
{
    public string Name => name;

    public Task<ImageSet> ReadAsync(CancellationToken cancellationToken) => SourceErrors.RunAsync(name, () =>
    {
        DirectoryFiles files = new(Path.GetFullPath(directory, defaults.BaseDirectory));
        return new LayoutReader(name, files).ReadAsync(choice, cancellationToken);
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
