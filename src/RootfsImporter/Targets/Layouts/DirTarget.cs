using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary><c>dir:DIR</c>: one image or index in a directory of its own, for skopeo and buildah.</summary>
internal sealed class DirTarget(string name, string directory, TargetDefaults defaults) : ITarget
{
    public string Name => name;

    private string Path =>
        System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(directory, defaults.BaseDirectory));

    /// <summary><c>dir:DIR</c>; the path may have colons.</summary>
    internal static DirTarget Parse(PlaceText text, TargetDefaults defaults) => new(text.Text, text.Place, defaults);

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        FurtherTags.Refuse(name, defaults);
        NewDirectory.Check(name, Path, defaults.Overwrite, IsImage, DirLayout.IsPart);
        return Task.CompletedTask;
    }

    public async Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken)
    {
        NewDirectory.Check(name, Path, defaults.Overwrite, IsImage, DirLayout.IsPart);
        try
        {
            await NewDirectory.WriteAsync(
                Path, partial => FillAsync(partial, images, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (DeliveryErrors.IsExpected(e))
        {
            throw DeliveryErrors.Wrap(name, e);
        }

        return new Delivery(name, images.Root, [$"skopeo inspect {ShellText.Quote($"dir:{directory}")}"]);
    }

    private static bool IsImage(string directory) => BoundedFile.ReadIfExists(
        System.IO.Path.Combine(directory, DirLayout.VersionFile)).AsSpan().SequenceEqual(DirLayout.Version);

    private static async Task FillAsync(string directory, ImageSet images, CancellationToken cancellationToken)
    {
        await WriteAsync(
            DirLayout.VersionFile,
            stream => stream.WriteAsync(DirLayout.Version.ToArray(), cancellationToken).AsTask());
        foreach (Blob blob in images.Blobs())
        {
            await using Stream source = await blob.Content.OpenAsync(cancellationToken);
            await WriteAsync(
                blob.Descriptor.Digest == images.Root.Digest ? DirLayout.RootFile : DirLayout.FileOf(blob.Descriptor),
                stream => LayerContent.CopyVerifiedAsync(
                    source, stream, blob.Descriptor.Digest, blob.Descriptor.Size, cancellationToken));
        }

        async Task WriteAsync(string file, Func<Stream, Task> write)
        {
            await using FileStream stream = new(
                System.IO.Path.Combine(directory, file), FileMode.CreateNew, FileAccess.Write, FileShare.None,
                bufferSize: 0, FileOptions.Asynchronous);
            await write(stream);
            stream.Flush(flushToDisk: true);
        }
    }
}
