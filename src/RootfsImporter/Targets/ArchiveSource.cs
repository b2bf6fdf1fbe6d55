using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>An archive that images are read from: <c>oci-archive:</c>, <c>docker-archive:</c>, <c>docker-daemon:</c>.</summary>
/// <param name="name">The source as the user wrote it.</param>
/// <param name="open">Opens the archive.</param>
/// <param name="read">Reads the image that is meant.</param>
internal sealed class ArchiveSource(
    string name,
    Func<CancellationToken, Task<ArchiveFiles>> open,
    Func<ArchiveFiles, CancellationToken, Task<ImageSet>> read) : ISource
{
    private ArchiveFiles? _files;

    public string Name => name;

    public Task<ImageSet> ReadAsync(CancellationToken cancellationToken) => SourceErrors.RunAsync(name, async () =>
    {
        _files ??= await open(cancellationToken);
        return await read(_files, cancellationToken);
    });

    public ValueTask DisposeAsync()
    {
        _files?.Dispose();
        return ValueTask.CompletedTask;
    }
}
