using RootfsImporter.Archives;
using RootfsImporter.Codecs;
using RootfsImporter.Files;

namespace RootfsImporter.Targets;

/// <summary>
/// The members of a tar, read where they lie in it: nothing is unpacked. An archive that is compressed as a whole is
/// first decompressed into a file that has no name.
/// </summary>
internal sealed class ArchiveFiles : ImageFiles
{
    /// <summary>What an archive may inflate to, or a daemon may send: far beyond any image.</summary>
    public const long MaxBytes = 256L << 30;

    private const int MagicBytes = 16;

    private readonly FileStream _file;
    private readonly IReadOnlyDictionary<string, TarMember> _members;

    private ArchiveFiles(FileStream file, IReadOnlyDictionary<string, TarMember> members)
    {
        _file = file;
        _members = members;
    }

    /// <summary>
    /// Opens an archive. Throws <see cref="InvalidDataException"/> when it is none, and <see cref="IOException"/>.
    /// </summary>
    public static async Task<ArchiveFiles> OpenAsync(
        string path, string temporaryDirectory, CancellationToken cancellationToken)
    {
        // A pipe is waited for, and not read from the start a second time.
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                Directory.Exists(path) ? $"{path} is a directory, not an archive" : $"there is no file {path}");
        }

        FileStream file = new(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        if (!file.CanSeek)
        {
            await file.DisposeAsync();
            throw new InvalidDataException($"{path} is not a regular file");
        }

        Compression compression;
        try
        {
            byte[] magic = new byte[MagicBytes];
            int read = await RandomAccess.ReadAsync(file.SafeFileHandle, magic, 0, cancellationToken);
            compression = Decompressor.Detect(magic.AsSpan(0, read));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }

        if (compression == Compression.None)
        {
            return await OpenAsync(file, cancellationToken);
        }

        await using Stream tar = new BoundedStream(Decompressor.Open(file, compression), MaxBytes);
        return await OpenAsync(await NamelessFile.CopyAsync(tar, temporaryDirectory, cancellationToken), cancellationToken);
    }

    /// <summary>Opens an archive that is not compressed; takes the file over, also when it throws.</summary>
    public static async Task<ArchiveFiles> OpenAsync(FileStream file, CancellationToken cancellationToken)
    {
        try
        {
            return new ArchiveFiles(file, await TarCatalog.ReadAsync(file.SafeFileHandle, cancellationToken));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public override ImageFile? Find(string name)
    {
        if (!_members.TryGetValue(name, out TarMember? member))
        {
            return null;
        }

        if (member.LinkName is { } target)
        {
            // docker save writes the second of two equal layers as a link to the first; a link to a link it never does.
            member = _members.TryGetValue(target, out TarMember? linked) && linked.LinkName is null
                ? linked
                : throw new InvalidDataException($"{name} is a link to '{target}', which is no file of the archive");
        }

        return new ImageFile(new FilePartBlob(_file.SafeFileHandle, member.Offset, member.Size), member.Size);
    }

    public override void Dispose() => _file.Dispose();
}
