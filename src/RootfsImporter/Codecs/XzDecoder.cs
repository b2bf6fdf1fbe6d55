namespace RootfsImporter.Codecs;

/// <summary>Decodes .xz (any number of streams, with padding) and .lzma (one) through liblzma.</summary>
internal sealed class XzDecoder : INativeDecoder
{
    // What `xz -9` needs is 65 MiB; the limit is on what a stream's header makes the decoder allocate.
    private const ulong MemoryLimitBytes = 128 << 20;

    private readonly LzmaHandle _handle;
    private bool _isAtEnd;

    private XzDecoder(string format, Func<LzmaHandle, LibLzma.Result> open)
    {
        Format = format;
        _handle = new LzmaHandle();
        try
        {
            LibLzma.Result result = NativeCodec.FirstCall(
                LibLzma.Library, LibLzma.Package, () => open(_handle));
            _handle.IsOpen = true;
            if (result != LibLzma.Result.Ok)
            {
                throw new HostException(
                    $"{LibLzma.Library} cannot start a decoder ({result})", "check the free memory");
            }
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public string Format { get; }

    public static XzDecoder ForXz() => new("xz", handle => LibLzma.OpenStreamDecoder(
        handle, MemoryLimitBytes, LibLzma.Concatenated | LibLzma.TellUnsupportedCheck));

    public static XzDecoder ForLzma() => new(
        "lzma", handle => LibLzma.OpenAloneDecoder(handle, MemoryLimitBytes));

    public unsafe DecodeStep Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isLastInput)
    {
        if (_isAtEnd)
        {
            // Only .lzma gets here: it has one stream, and the decoder has seen its end.
            string? error = input.IsEmpty ? null : "is followed by something else";
            return new DecodeStep(0, 0, IsComplete: true, error);
        }

        LibLzma.State* state = _handle.State;
        fixed (byte* inputStart = input, outputStart = output)
        {
            state->NextIn = inputStart;
            state->AvailableIn = (nuint)input.Length;
            state->NextOut = outputStart;
            state->AvailableOut = (nuint)output.Length;
            LibLzma.Result result =
                LibLzma.Code(_handle, isLastInput ? LibLzma.Action.Finish : LibLzma.Action.Run);
            _isAtEnd = result == LibLzma.Result.StreamEnd;
            DecodeStep step = new(
                input.Length - (int)state->AvailableIn,
                output.Length - (int)state->AvailableOut,
                _isAtEnd,
                Describe(result));
            state->NextIn = null;
            state->NextOut = null;
            return step;
        }
    }

    public void Dispose() => _handle.Dispose();

    // No progress (BufferError) is for the caller to judge: it knows whether there was anything to go on
    // with.
    private static string? Describe(LibLzma.Result result) => result switch
    {
        LibLzma.Result.Ok or LibLzma.Result.StreamEnd or LibLzma.Result.BufferError => null,
        LibLzma.Result.FormatError => "is not in this format, or is followed by something else",
        LibLzma.Result.OptionsError => "uses options that the library does not know",
        LibLzma.Result.UnsupportedCheck => "uses a checksum that the library does not know",
        LibLzma.Result.MemoryLimitError => $"needs more than {MemoryLimitBytes >> 20} MiB of memory",
        LibLzma.Result.MemoryError => throw new HostException(
            "no memory is left to decompress xz data", "free some memory, or lower the number of jobs"),
        _ => "is damaged",
    };
}
