using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using RootfsImporter.Linux;

namespace RootfsImporter.Files;

/// <content>Reading single entries of a tree that others may own.</content>
public sealed partial class Rootfs
{
    private const string CapabilityAttribute = "security.capability";

    /// <summary>
    /// All of a name itself, its content and a link's text included; null when it is absent. Links on the way to it are
    /// followed inside the root. Of its extended attributes only the capabilities of a program are read. Its content can be
    /// opened as long as this root is not disposed. Throws an <see cref="IOException"/> that names the path.
    /// </summary>
    public TreeEntry? Find(RootPath path) => Named(path, () => FindEntry(path));

    /// <summary>
    /// The names in a directory, sorted (ordinal); empty for what is none. Links are followed inside the root. Throws an
    /// <see cref="IOException"/> that names the path.
    /// </summary>
    public IReadOnlyList<string> NamesIn(RootPath directory) => Named(directory, () => ReadNames(directory));

    private TreeEntry? FindEntry(RootPath path)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        string name = path.IsRoot ? "." : path.Name;
        if (parent is null || Posix.TryStat(parent, name) is not Stat status)
        {
            return null;
        }

        EntryKind kind = KindOf(status)!.Value;
        string link = $"{Posix.DescriptorLink(parent)}/{name}";
        return new TreeEntry
        {
            Path = path,
            Kind = kind,
            Mode = (int)status.st_mode & 0xFFF,
            Uid = status.st_uid,
            Gid = status.st_gid,
            ModifiedTime = status.st_mtime,
            LinkTarget = kind == EntryKind.Symlink ? Posix.ReadLink(link) : null,
            Content = kind == EntryKind.File ? new RootedContent(this, path, status.st_size) : null,
            ExtendedAttributes = kind == EntryKind.File
                ? [.. ReadAttributes(link).Where(attribute => attribute.Name == CapabilityAttribute)]
                : [],
        };
    }

    private string[] ReadNames(RootPath directory)
    {
        using SafeFileHandle? handle = Posix.TryOpenDirectoryInRoot(_root, directory.Value);
        return handle is null
            ? []
            : [.. Directory.EnumerateFileSystemEntries(Posix.DescriptorLink(handle) + "/.")
                .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }

    private T Named<T>(RootPath path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string host = HostPath == "/" ? path.ToString() : HostPath + path;
            throw new IOException($"{host}: {exception.Message}", exception.HResult);
        }
    }

    private FileStream OpenFile(RootPath path)
    {
        using SafeFileHandle? parent = Posix.TryOpenDirectoryInRoot(_root, path.Parent.Value);
        SafeFileHandle file = (parent is null ? null : Posix.TryOpenFile(parent, path.Name))
            ?? throw new IOException($"{path} is no file any more");
        return new FileStream(file, FileAccess.Read, bufferSize: 0);
    }

    /// <summary>The content of a file below the root, opened without leaving it.</summary>
    private sealed record RootedContent(Rootfs Root, RootPath Path, long Size) : FileContent
    {
        /// <inheritdoc/>
        public override long Length => Size;

        /// <inheritdoc/>
        public override Stream Open() => Root.Named(Path, () => Root.OpenFile(Path));
    }
}
