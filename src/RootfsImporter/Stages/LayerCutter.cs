using System.Runtime.InteropServices;
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
    private readonly TarExtensions _extensions = new();
    private int _wanted = BlockBytes;
    private (char TypeFlag, int Size)? _extension;
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
        ReadOnlySpan<byte> held = CollectionsMarshal.AsSpan(_held);
        if (_extension is (char typeFlag, int size))
        {
            _extensions.Add(typeFlag, held[^(int)Padded(size)..][..size]);
            _extension = null;
            _wanted += BlockBytes;
            return;
        }

        TarBlock header = TarBlock.Read(held[^BlockBytes..]);
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
        int size = _extensions.Admit(header);
        if (size == 0 || _held.Count + size > MaxHeldBytes)
        {
            throw new InvalidDataException($"an extended header of {size} bytes");
        }

        _extension = (header.TypeFlag, size);
        _wanted += (int)Padded(size);
    }

    private void Begin(TarBlock header)
    {
        long content = TarEntryHeader.SizeOf(header.TypeFlag, _extensions.SizeOf(header));
        if (content > long.MaxValue - BlockBytes)
        {
            throw new InvalidDataException("a size that no file has");
        }

        string path = TarFields.Text(_extensions.NameOf(header));
        chunker.BeginEntry(RootPath.TryParse(path, out RootPath known) ? known.Value : path, content);
        Release();
        _extensions.Forget();
        _passing = Padded(content);
    }

    private void Release()
    {
        chunker.Write(CollectionsMarshal.AsSpan(_held));
        _held.Clear();
        _wanted = BlockBytes;
    }

    private static long Padded(long size) => (size + BlockBytes - 1) & -BlockBytes;
}
