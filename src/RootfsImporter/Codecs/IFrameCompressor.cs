namespace RootfsImporter.Codecs;

/// <summary>
/// Compresses a block of bytes to one gzip member or zstd frame of its own. Members after one another are a
/// file of their format. The result depends on the input and <see cref="Identity"/> only. For one thread at a
/// time.
/// </summary>
internal interface IFrameCompressor : IDisposable
{
    /// <summary>The codec, its level and the version of what does the work, as one line.</summary>
    string Identity { get; }

    /// <summary>Appends the compressed bytes to <paramref name="output"/>.</summary>
    void Compress(ReadOnlySpan<byte> input, MemoryStream output);
}
