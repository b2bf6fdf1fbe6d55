using RootfsImporter.Codecs;

namespace RootfsImporter.Archives;

/// <summary>
/// Reads a tar front to back, entry by entry: v7, ustar, pax and GNU (IEEE Std 1003.1, pax; the GNU tar manual, "Basic Tar
/// Format"). Everything is bounded but the content and the number of entries. Content is passed over without reading it
/// where the stream can seek. The runtime's TarReader will not do: it reads pax values as text, and an extended attribute
/// is bytes. All throw <see cref="InvalidDataException"/>, after which the reader is of no use. The stream stays the caller's.
/// </summary>
internal sealed class TarEntryReader(Stream tar)
{
    private const int BlockBytes = TarHeader.BlockBytes;

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly TarExtensions _extensions = new();
    private long _position;
    private long _contentRest;
    private int _padding;
    private bool _isSparse;

    /// <summary>Where the header block that was read last begins, counted from where the reader began.</summary>
    public long HeaderOffset { get; private set; }

    /// <summary>Where the content of the entry that was read last goes on, counted likewise.</summary>
    public long ContentOffset => _position;

    /// <summary>Whether a block of zeros ended the archive, and not just the stream.</summary>
    public bool HasEndMark { get; private set; }

    /// <summary>The next entry, or null at the end mark or, between two entries, at the end of the stream.</summary>
    public TarEntryHeader? ReadNext()
    {
        if (HasEndMark)
        {
            return null;
        }

        SkipContent();
        while (ReadBlock())
        {
            TarBlock block = TarBlock.Read(_block);
            if (block.IsExtension)
            {
                ReadExtension(block);
                continue;
            }

            TarEntryHeader entry = _extensions.Describe(block);
            _extensions.Forget();
            (_contentRest, _padding, _isSparse) = (entry.Size, Padding(entry.Size), entry.IsSparse);
            return entry;
        }

        return _extensions.IsPending
            ? throw new InvalidDataException("the archive ends where an entry should follow its extended header")
            : null;
    }

    /// <summary>
    /// The content of the entry that was read last, what was not read yet; until the next is asked for. That of a sparse
    /// file is refused.
    /// </summary>
    public Stream OpenContent() => new EntryContent(this);

    /// <summary>
    /// Reads what follows the end mark: nothing but zeros, up to the record size of whatever wrote the archive.
    /// </summary>
    public void ReadTrailer()
    {
        byte[] buffer = new byte[16 * BlockBytes];
        int read;
        while ((read = tar.Read(buffer)) > 0)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                throw new InvalidDataException("something follows the end of the archive");
            }
        }
    }

    private static int Padding(long size) => (int)(-size & (BlockBytes - 1));

    private static InvalidDataException EndsInside(string what) => new($"the archive ends inside {what}");

    /// <summary>Reads a block; false at the end.</summary>
    private bool ReadBlock()
    {
        HeaderOffset = _position;
        int read = tar.ReadAtLeast(_block, BlockBytes, throwOnEndOfStream: false);
        _position += read;
        if (read is > 0 and < BlockBytes)
        {
            throw EndsInside("a header");
        }

        HasEndMark = read > 0 && TarBlock.IsEndMark(_block);
        return read > 0 && !HasEndMark;
    }

    private void ReadExtension(TarBlock block)
    {
        char type = block.TypeFlag;
        byte[] content = new byte[_extensions.Admit(block)];
        int read = tar.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        _position += read;
        if (read < content.Length)
        {
            throw EndsInside("an extended header");
        }

        Skip(Padding(content.Length), "an extended header");
        _extensions.Add(type, content);
    }

    private void SkipContent()
    {
        // How long the map of an old sparse file is stands in blocks that are not read here.
        RefuseSparse();
        Skip(_contentRest, "a file");
        Skip(_padding, "an entry");
        (_contentRest, _padding) = (0, 0);
    }

    private void Skip(long count, string what)
    {
        if (tar.CanSeek && count > 0)
        {
            if (tar.Length - tar.Position < count)
            {
                throw EndsInside(what);
            }

            tar.Seek(count, SeekOrigin.Current);
            _position += count;
            return;
        }

        Span<byte> buffer = stackalloc byte[8 * BlockBytes];
        while (count > 0)
        {
            int read = tar.Read(buffer[..(int)Math.Min(count, buffer.Length)]);
            count -= read > 0 ? read : throw EndsInside(what);
            _position += read;
        }
    }

    private int ReadContent(Span<byte> buffer)
    {
        RefuseSparse();
        Span<byte> wanted = buffer[..(int)Math.Min(buffer.Length, _contentRest)];
        if (wanted.IsEmpty)
        {
            return 0;
        }

        int read = tar.Read(wanted);
        (_contentRest, _position) = (_contentRest - read, _position + read);
        return read > 0 ? read : throw EndsInside("a file");
    }

    private void RefuseSparse()
    {
        if (_isSparse)
        {
            throw new InvalidDataException("a file is stored as a sparse file, which cannot be read");
        }
    }

    private sealed class EntryContent(TarEntryReader reader) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => reader.ReadContent(buffer);
    }
}
