namespace RootfsImporter.Codecs;

/// <summary>
/// Decodes bzip2, any number of streams, through libbz2. The format bounds its memory: 3.7 MB.
/// </summary>
internal sealed class Bzip2Decoder : INativeDecoder
{
    private readonly Bzip2Handle _handle = new();
    private bool _isAtStreamEnd;

    private Bzip2Decoder()
    {
    }

    public string Format => "bzip2";

    public static Bzip2Decoder Create()
    {
        Bzip2Decoder decoder = new();
        try
        {
            return NativeCodec.FirstCall(LibBzip2.Library, LibBzip2.Package, () =>
            {
                decoder._handle.Begin();
                return decoder;
            });
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    public unsafe DecodeStep Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isLastInput)
    {
        if (_isAtStreamEnd)
        {
            _handle.Begin();
            _isAtStreamEnd = false;
        }

        LibBzip2.State* state = _handle.State;
        fixed (byte* inputStart = input, outputStart = output)
        {
            state->NextIn = inputStart;
            state->AvailableIn = (uint)input.Length;
            state->NextOut = outputStart;
            state->AvailableOut = (uint)output.Length;
            LibBzip2.Result result = LibBzip2.Decompress(_handle);
            _isAtStreamEnd = result == LibBzip2.Result.StreamEnd;
            DecodeStep step = new(
                input.Length - (int)state->AvailableIn,
                output.Length - (int)state->AvailableOut,
                _isAtStreamEnd,
                Describe(result));
            state->NextIn = null;
            state->NextOut = null;
            return step;
        }
    }

    public void Dispose() => _handle.Dispose();

    private static string? Describe(LibBzip2.Result result) => result switch
    {
        LibBzip2.Result.Ok or LibBzip2.Result.StreamEnd => null,
        LibBzip2.Result.MagicError => "is not in this format, or is followed by something else",
        LibBzip2.Result.MemoryError => throw new HostException(
            "no memory is left to decompress bzip2 data", "free some memory, or lower the number of jobs"),
        _ => "is damaged",
    };
}
