using System.Diagnostics;
using RootfsImporter.Codecs;
using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>Compresses chunks, or finds them compressed in the cache. For one thread at a time.</summary>
internal sealed class LayerChunkCompressor : IDisposable
{
    private readonly IFrameCompressor _compressor;
    private readonly LayerChunkCache? _cache;

    public LayerChunkCompressor(LayerOptions options, bool isThorough)
    {
        _compressor = Create(options.Compression, isThorough);
        _cache = options.ChunkCacheDirectory is string directory && options.Compression != LayerCompression.None
            ? new LayerChunkCache(directory, _compressor.Identity)
            : null;
    }

    /// <summary>What compresses; <paramref name="isThorough"/>: with size before time, where the format has it.</summary>
    public static IFrameCompressor Create(LayerCompression compression, bool isThorough) => compression switch
    {
        LayerCompression.Gzip => new GzipFrameCompressor(isThorough),
        LayerCompression.Zstd => ZstdFrameCompressor.Create(),
        LayerCompression.None => new StoreFrameCompressor(),
        _ => throw new UnreachableException(),
    };

    /// <summary>Fills <see cref="LayerChunk.Packed"/>.</summary>
    public void Compress(LayerChunk chunk)
    {
        string? file = _cache?.GetFile(chunk.Bytes);
        if (file is not null && LayerChunkCache.TryRead(file, chunk.Packed))
        {
            return;
        }

        _compressor.Compress(chunk.Bytes, chunk.Packed);
        if (file is not null)
        {
            LayerChunkCache.Write(file, chunk.Packed.GetBuffer().AsSpan(0, (int)chunk.Packed.Length));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _compressor.Dispose();
}
