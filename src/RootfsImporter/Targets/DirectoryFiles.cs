using Mono.Unix.Native;
using RootfsImporter.Linux;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>The files below a directory.</summary>
internal sealed class DirectoryFiles : ImageFiles
{
    private readonly string _directory;

    /// <summary>Throws <see cref="DirectoryNotFoundException"/> when there is no such directory.</summary>
    public DirectoryFiles(string directory) => _directory = Directory.Exists(directory)
        ? directory
        : throw new DirectoryNotFoundException($"there is no directory {directory}");

    public override ImageFile? Find(string name)
    {
        string path = Path.Combine(_directory, name);
        // A pipe of that name would be waited for, without end.
        return Posix.TryStatTarget(path) switch
        {
            null => null,
            { } status when (status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFREG =>
                new ImageFile(new FileBlob(path), status.st_size),
            _ => throw new InvalidDataException($"{name} is not a regular file"),
        };
    }

    public override void Dispose()
    {
    }
}
