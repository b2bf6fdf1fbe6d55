using System.Runtime.InteropServices;
using RootfsImporter.Codecs;
using RootfsImporter.Packages.Apk.Archives;

namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>
/// An <c>APKINDEX.tar.gz</c>: signatures, and one signed gzip member with the tar of <c>DESCRIPTION</c> and
/// <c>APKINDEX</c>. Malformed input is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class ApkIndexFile : IDisposable
{
    private const string IndexName = "APKINDEX";

    /// <summary>Alpine's largest has 8 MB, Wolfi's 100 MB.</summary>
    private const long MaxInflatedBytes = 1L << 30;

    private readonly GzipMembers _members;
    private readonly ApkTarReader _tar;

    private ApkIndexFile(GzipMembers members)
    {
        _members = members;
        _tar = new ApkTarReader(new BoundedStream(
            members.OpenNext() ?? throw new InvalidDataException("it holds nothing but signatures"), MaxInflatedBytes));
    }

    /// <summary>When the index was made, seconds since 1970 UTC; 0 when it does not say.</summary>
    public long ModifiedTime { get; private set; }

    /// <summary>The text of the index; after it was read, <see cref="ReadToEnd"/> has to be called.</summary>
    public Stream Text => _tar.OpenContent();

    /// <summary>The signatures of a file, and where what they sign begins.</summary>
    public static ApkSignatures ReadSignatures(ReadOnlyMemory<byte> file) => ApkSignatures.Read(ToStream(file));

    /// <summary>Opens a file whose signature was verified, up to the text.</summary>
    public static ApkIndexFile Open(ReadOnlyMemory<byte> file)
    {
        int start = (int)ReadSignatures(file).SignedStart;
        GzipMembers members = new(ToStream(file[start..]));
        try
        {
            ApkIndexFile index = new(members);
            index.FindText();
            return index;
        }
        catch
        {
            members.Dispose();
            throw;
        }
    }

    /// <summary>Reads what follows the text, which must be nothing more than the end of the tar.</summary>
    public void ReadToEnd()
    {
        while (_tar.ReadNext() is ApkTarEntry entry)
        {
            if (entry.Name == IndexName)
            {
                throw new InvalidDataException($"it has {IndexName} twice");
            }
        }

        if (_members.OpenNext() is not null)
        {
            throw new InvalidDataException("something follows the index");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _members.Dispose();

    private static MemoryStream ToStream(ReadOnlyMemory<byte> file) =>
        MemoryMarshal.TryGetArray(file, out ArraySegment<byte> bytes)
            ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
            : new MemoryStream(file.ToArray(), writable: false);

    private void FindText()
    {
        while (_tar.ReadNext() is ApkTarEntry entry)
        {
            if (entry.Name == IndexName && entry.Type == '0')
            {
                ModifiedTime = Math.Max(0, entry.ModifiedTime);
                return;
            }
        }

        throw new InvalidDataException($"it holds no {IndexName}");
    }
}
