namespace RootfsImporter.Codecs;

/// <summary>Makes Zstandard frames with a content size and a checksum through libzstd.</summary>
internal sealed class ZstdFrameCompressor : IFrameCompressor
{
    private const int Level = 6;

    private readonly ZstdCompressorHandle _handle;

    private ZstdFrameCompressor(ZstdCompressorHandle handle) => _handle = handle;

    public string Identity { get; } = $"zstd level {Level} libzstd {LibZstd.GetVersion()}";

    /// <summary>A missing library is a <see cref="HostException"/>.</summary>
    public static ZstdFrameCompressor Create()
    {
        ZstdCompressorHandle handle = new();
        try
        {
            string? error = handle.IsInvalid
                ? "no memory is left"
                : LibZstd.ErrorOf(
                    LibZstd.SetParameter(handle, LibZstd.CompressionParameter.CompressionLevel, Level))
                    ?? LibZstd.ErrorOf(
                        LibZstd.SetParameter(handle, LibZstd.CompressionParameter.ChecksumFlag, 1));
            return error is null
                ? new ZstdFrameCompressor(handle)
                : throw new HostException(
                    $"{LibZstd.Library} cannot start an encoder: {error}", "check the free memory");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public unsafe void Compress(ReadOnlySpan<byte> input, MemoryStream output)
    {
        int start = (int)output.Length;
        int bound = (int)LibZstd.GetCompressedBound((nuint)input.Length);
        output.SetLength(start + bound);
        Span<byte> target = output.GetBuffer().AsSpan(start, bound);
        fixed (byte* inputStart = input, targetStart = target)
        {
            nuint size = LibZstd.Compress(
                _handle, targetStart, (nuint)bound, inputStart, (nuint)input.Length);
            output.SetLength(LibZstd.ErrorOf(size) is string error
                ? throw new HostException(
                    $"{LibZstd.Library} cannot compress: {error}", "check the free memory")
                : start + (int)size);
        }
    }

    public void Dispose() => _handle.Dispose();
}
