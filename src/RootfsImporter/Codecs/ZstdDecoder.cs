namespace RootfsImporter.Codecs;

/// <summary>Decodes Zstandard, any number of frames, through libzstd.</summary>
internal sealed class ZstdDecoder : INativeDecoder
{
    // `zstd --ultra -22` asks for 128 MiB; a frame whose header asks for more is refused.
    private const int MaxWindowLog = 27;

    private readonly ZstdDecompressorHandle _handle;

    private ZstdDecoder(ZstdDecompressorHandle handle) => _handle = handle;

    public string Format => "zstd";

    public static ZstdDecoder Create()
    {
        ZstdDecompressorHandle handle = new();
        try
        {
            string? error = handle.IsInvalid
                ? "no memory is left"
                : LibZstd.ErrorOf(
                    LibZstd.SetParameter(handle, LibZstd.DecompressionParameter.WindowLogMax, MaxWindowLog));
            return error is null
                ? new ZstdDecoder(handle)
                : throw new HostException(
                    $"{LibZstd.Library} cannot start a decoder: {error}", "check the free memory");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public unsafe DecodeStep Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isLastInput)
    {
        fixed (byte* inputStart = input, outputStart = output)
        {
            LibZstd.Buffer from = new() { Start = inputStart, Size = (nuint)input.Length };
            LibZstd.Buffer to = new() { Start = outputStart, Size = (nuint)output.Length };

            // 0 means that a frame is decoded and flushed completely; else it is a hint of the next input
            // size.
            nuint result = LibZstd.DecompressStream(_handle, ref to, ref from);
            string? error = LibZstd.ErrorOf(result);
            return new DecodeStep(
                (int)from.Position,
                (int)to.Position,
                result == 0,
                error is null ? null : $"is damaged ({error})");
        }
    }

    public void Dispose() => _handle.Dispose();
}
