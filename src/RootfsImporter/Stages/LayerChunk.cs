namespace RootfsImporter.Stages;

/// <summary>A piece of a layer's tar on its way to the blob; used again and again.</summary>
internal sealed class LayerChunk : IDisposable
{
    /// <summary>The most bytes that a chunk holds.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly byte[] _buffer = new byte[MaxBytes];

    /// <summary>How many bytes it holds.</summary>
    public int Length { get; private set; }

    /// <summary>How many bytes of the tar come before it.</summary>
    public long Position { get; set; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, Length);

    /// <summary>The bytes, compressed; to be read once <see cref="IsPacked"/> is set.</summary>
    public MemoryStream Packed { get; } = new(MaxBytes / 2);

    /// <summary>Set when <see cref="Packed"/> is there.</summary>
    public ManualResetEventSlim IsPacked { get; } = new();

    /// <summary>Takes as many bytes as it has room for and says how many.</summary>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, MaxBytes - Length);
        bytes[..count].CopyTo(_buffer.AsSpan(Length));
        Length += count;
        return count;
    }

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        Length = 0;
        Packed.SetLength(0);
        IsPacked.Reset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Packed.Dispose();
        IsPacked.Dispose();
    }
}
