using System.Globalization;
using RootfsImporter.Archives;
using RootfsImporter.Files;

namespace RootfsImporter.Stages;

/// <summary>
/// Passes a finished tar on to a chunker and tells it where entries begin, so that the cuts are those of the packer that
/// writes the same bytes. From the first block on that is no header, it only passes bytes on: what cannot be
/// read as a tar is cut at fixed distances.
/// </summary>
/// <remarks>
/// An entry begins with the headers that say something of it, and how it is called and how long it is may be said
/// there. So they are held back until its own header is there, up to a bound that no sound tar comes near.
/// </remarks>
internal sealed class LayerCutter(LayerChunker chunker)
{
    private const int BlockBytes = TarHeader.BlockBytes;
    private const int MaxHeldBytes = LayerChunk.MaxBytes;

    private readonly List<byte> _held = [];
    private int _wanted = BlockBytes;
    private TarBlock? _extension;
    private string? _path;
    private string? _size;
    private long _passing;
    private bool _isOpaque;

    /// <summary>Takes the next bytes of the tar, however they are cut.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_isOpaque)
        {
            int count;
            if (_passing > 0)
            {
                count = (int)Math.Min(_passing, bytes.Length);
                chunker.Write(bytes[..count]);
                _passing -= count;
            }
            else
            {
                count = Math.Min(_wanted - _held.Count, bytes.Length);
                _held.AddRange(bytes[..count]);
                TryExamine();
            }

            bytes = bytes[count..];
        }

        chunker.Write(bytes);
    }

    /// <summary>Passes on what is held; to be called once, last.</summary>
    public void Complete() => Release();

    private void TryExamine()
    {
        if (_held.Count < _wanted)
        {
            return;
        }

        try
        {
            Examine();
        }
        catch (InvalidDataException)
        {
            _isOpaque = true;
            Release();
        }
    }

    private void Examine()
    {
        if (_extension is { } extension)
        {
            int content = (int)Padded(extension.Size);
            ReadExtension(extension, [.. _held.TakeLast(content).Take((int)extension.Size)]);
            _extension = null;
            _wanted += BlockBytes;
            return;
        }

        TarBlock header = TarBlock.Read([.. _held.TakeLast(BlockBytes)]);
        if (header.IsExtension)
        {
            Hold(header);
        }
        else
        {
            Begin(header);
        }
    }

    private void Hold(TarBlock header)
    {
        if (header.Size is 0 or > MaxHeldBytes || _held.Count + header.Size > MaxHeldBytes)
        {
            throw new InvalidDataException($"an extended header of {header.Size} bytes");
        }

        _extension = header;
        _wanted += (int)Padded(header.Size);
    }

    private void ReadExtension(TarBlock extension, byte[] content)
    {
        switch (extension.TypeFlag)
        {
            case 'x':
                _path = TarBlock.FindRecord(content, "path"u8) ?? _path;
                _size = TarBlock.FindRecord(content, "size"u8) ?? _size;
                break;
            case 'L':
                _path = TarFields.Text(content);
                break;
        }
    }

    private void Begin(TarBlock header)
    {
        long size = header.Size;
        if ((_size is not null && !long.TryParse(_size, NumberStyles.None, CultureInfo.InvariantCulture, out size))
            || size > long.MaxValue - BlockBytes)
        {
            throw new InvalidDataException("a size that no file has");
        }

        string path = _path ?? header.Name;
        long content = header.ContentOf(size);
        chunker.BeginEntry(RootPath.TryParse(path, out RootPath known) ? known.Value : path, content);
        Release();
        (_path, _size, _passing) = (null, null, Padded(content));
    }

    private void Release()
    {
        chunker.Write([.. _held]);
        _held.Clear();
        _wanted = BlockBytes;
    }

    private static long Padded(long size) => (size + BlockBytes - 1) & -BlockBytes;
}
