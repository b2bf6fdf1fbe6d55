using RootfsImporter.Codecs;
using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Archives;

/// <summary>
/// A root file system read from tar streams, without unpacking it: the entries, and their contents in the archive
/// itself or, where that cannot be read at any place, in one nameless temporary file. Disposing it ends both.
/// </summary>
internal sealed class SpooledTree : IDisposable
{
    private const int MagicBytes = 16;

    private readonly IDisposable _contents;

    private SpooledTree(RootTree tree, IDisposable contents)
    {
        Tree = tree;
        _contents = contents;
    }

    /// <summary>The entries; contents can be read, by several at once, until this is disposed.</summary>
    public RootTree Tree { get; }

    /// <summary>
    /// Reads one archive, plain or compressed in any way that <see cref="Decompressor"/> knows, to its end. Throws
    /// <see cref="InvalidDataException"/> for what is no archive, is damaged, ends too early or is larger than allowed, and
    /// for what no root file system holds: a path twice, a path or hard link that leads out, a name that layers reserve.
    /// </summary>
    /// <param name="tar">
    /// The archive; disposed with the result, or when this fails. A plain tar in a <see cref="FileStream"/> at the start of
    /// a regular file is read where it lies, and nothing may change it meanwhile.
    /// </param>
    /// <param name="limits">What reading may take.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static Task<SpooledTree> ReadTarAsync(Stream tar, SpoolLimits limits, CancellationToken cancellationToken) =>
        Task.Run(() => ReadTar(tar, limits, cancellationToken), CancellationToken.None);

    /// <summary>
    /// Reads the layers of an image, base first, as one tree: later ones replace and delete what earlier ones have (OCI
    /// image-spec, layer.md, "Applying Changesets"), in the ways of <see cref="LayeredTree"/>. Throws
    /// <see cref="InvalidDataException"/> that names the layer, <see cref="VerificationException"/> for one that is not what
    /// its DiffId says, and <see cref="IOException"/> or what its source throws for one that cannot be read.
    /// </summary>
    public static Task<SpooledTree> ReadLayersAsync(
        IReadOnlyList<Layer> layers, SpoolLimits limits, CancellationToken cancellationToken) =>
        Task.Run(() => ReadLayersOnThreadAsync(layers, limits, cancellationToken), CancellationToken.None);

    /// <inheritdoc/>
    public void Dispose() => _contents.Dispose();

    private static SpooledTree ReadTar(Stream tar, SpoolLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            return tar is FileStream { CanSeek: true, Position: 0 } file && IsPlain(file)
                ? ReadInPlace(file, limits, cancellationToken)
                : ReadStream(tar, limits, cancellationToken);
        }
        catch
        {
            tar.Dispose();
            throw;
        }
    }

    private static bool IsPlain(FileStream file)
    {
        Span<byte> magic = stackalloc byte[MagicBytes];
        int read = RandomAccess.Read(file.SafeFileHandle, magic, 0);
        return Decompressor.Detect(magic[..read]) == Compression.None;
    }

    private static SpooledTree ReadInPlace(FileStream file, SpoolLimits limits, CancellationToken cancellationToken)
    {
        using FilePartStream whole = FilePartStream.Whole(file.SafeFileHandle);
        if (whole.Length > limits.MaxBytes)
        {
            throw new InvalidDataException($"it has {whole.Length} bytes, more than the {limits.MaxBytes} that are allowed");
        }

        SingleTree tree = new(limits);
        ReadEntries(
            whole,
            tree.Add,
            (reader, entry) => new FilePartContent(file.SafeFileHandle, reader.ContentOffset, entry.Size),
            cancellationToken);
        return new SpooledTree(tree.ToTree(), file);
    }

    private static SpooledTree ReadStream(Stream tar, SpoolLimits limits, CancellationToken cancellationToken)
    {
        SpoolFile spool = new(limits.TemporaryDirectory);
        try
        {
            (ReadOnlyMemory<byte> magic, Stream whole) = PeekedStream.Peek(tar, MagicBytes);
            SingleTree tree = new(limits);
            using (Stream plain = new BoundedStream(
                Decompressor.Open(whole, Decompressor.Detect(magic.Span)), limits.MaxBytes))
            {
                ReadEntries(
                    plain, tree.Add, (reader, _) => spool.Add(reader.OpenContent(), cancellationToken), cancellationToken);
            }

            return new SpooledTree(tree.ToTree(), spool);
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Reads an archive to the end of its stream.</summary>
    private static void ReadEntries(
        Stream tar,
        Action<TarEntryHeader, FileContent?> add,
        Func<TarEntryReader, TarEntryHeader, FileContent> keep,
        CancellationToken cancellationToken)
    {
        TarEntryReader reader = new(tar);
        try
        {
            while (reader.ReadNext() is TarEntryHeader entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                add(entry, entry is { Kind: EntryKind.File, IsSparse: false } ? keep(reader, entry) : null);
            }

            if (!reader.HasEndMark)
            {
                throw new InvalidDataException(
                    reader.HeaderOffset == 0 ? "it is empty" : "it ends before the archive does: the end mark is missing");
            }

            reader.ReadTrailer();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"at byte {reader.HeaderOffset} of the archive: {e.Message}", e);
        }
    }

    private static async Task<SpooledTree> ReadLayersOnThreadAsync(
        IReadOnlyList<Layer> layers, SpoolLimits limits, CancellationToken cancellationToken)
    {
        SpoolFile spool = new(limits.TemporaryDirectory);
        try
        {
            LayeredTree tree = new(limits);
            long rest = limits.MaxBytes;
            foreach (Layer layer in layers)
            {
                cancellationToken.ThrowIfCancellationRequested();
                tree.BeginLayer();
                try
                {
                    rest -= await ReadLayerAsync(layer, rest, tree, spool, cancellationToken);
                }
                catch (InvalidDataException e)
                {
                    throw new InvalidDataException($"the layer {layer.Descriptor.Digest}: {e.Message}", e);
                }
            }

            return new SpooledTree(tree.ToTree(), spool);
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    private static async Task<long> ReadLayerAsync(
        Layer layer, long maxBytes, LayeredTree tree, SpoolFile spool, CancellationToken cancellationToken)
    {
        await using HashingStream tar = new(
            new BoundedStream(await LayerBlob.OpenUncompressedAsync(layer, cancellationToken), maxBytes));
        TarEntryReader reader = new(tar);
        while (reader.ReadNext() is TarEntryHeader entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tree.Add(entry, entry is { Kind: EntryKind.File, IsSparse: false }
                ? spool.Add(reader.OpenContent(), cancellationToken)
                : null);
        }

        // Whatever follows the end mark belongs to the digest, and to nothing else.
        await tar.CopyToAsync(Stream.Null, cancellationToken);
        return tar.GetDigest() == layer.DiffId
            ? tar.Count
            : throw new VerificationException(
                $"cannot read the layer {layer.Descriptor.Digest}: its tar is {tar.GetDigest()}, and the image's config "
                    + $"says {layer.DiffId}",
                "the image is damaged where it comes from: make it anew, or take it from elsewhere");
    }
}

/// <summary>What reading archives may take.</summary>
internal sealed record SpoolLimits
{
    /// <summary>Absolute path of the directory for temporary files.</summary>
    public required string TemporaryDirectory { get; init; }

    /// <summary>How many bytes all archives together may have when uncompressed.</summary>
    public long MaxBytes { get; init; } = 64L << 30;

    /// <summary>How many entries all archives together may have, with the directories that they lack.</summary>
    public int MaxEntries { get; init; } = 2_000_000;

    /// <summary>
    /// How many bytes their names, link targets and extended attributes may have together: they are kept in memory.
    /// </summary>
    public long MaxNameBytes { get; init; } = 512L << 20;
}
