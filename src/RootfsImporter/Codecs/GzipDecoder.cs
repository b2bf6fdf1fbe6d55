using System.Runtime.InteropServices;

namespace RootfsImporter.Codecs;

/// <summary>
/// Decodes gzip, any number of members, through zlib. The runtime's GZipStream will not do: it takes the end
/// of the input for the end of the data wherever it comes, ignores whatever follows the last member, and
/// tells of neither.
/// </summary>
internal sealed class GzipDecoder : INativeDecoder
{
    private const int NoFlush = 0;

    private readonly InflateHandle _handle = new();
    private bool _isAtMemberEnd;

    private GzipDecoder()
    {
    }

    public string Format => "gzip";

    public static GzipDecoder Create()
    {
        GzipDecoder decoder = new();
        try
        {
            return NativeCodec.FirstCall(LibZ.Library, LibZ.Package, () =>
            {
                decoder._handle.Open();
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
        if (_isAtMemberEnd)
        {
            _ = LibZ.Reset(_handle);
            _isAtMemberEnd = false;
        }

        LibZ.State* state = _handle.State;
        fixed (byte* inputStart = input, outputStart = output)
        {
            state->NextIn = inputStart;
            state->AvailableIn = (uint)input.Length;
            state->NextOut = outputStart;
            state->AvailableOut = (uint)output.Length;
            LibZ.Result result = LibZ.Inflate(_handle, NoFlush);
            _isAtMemberEnd = result == LibZ.Result.StreamEnd;
            DecodeStep step = new(
                input.Length - (int)state->AvailableIn,
                output.Length - (int)state->AvailableOut,
                _isAtMemberEnd,
                Describe(result, state->Message));
            state->NextIn = null;
            state->NextOut = null;
            return step;
        }
    }

    public void Dispose() => _handle.Dispose();

    // No progress (BufferError) is for the caller to judge: it knows whether there was anything to go on
    // with.
    private static string? Describe(LibZ.Result result, nint message) => result switch
    {
        LibZ.Result.Ok or LibZ.Result.StreamEnd or LibZ.Result.BufferError => null,
        LibZ.Result.MemoryError => throw new HostException(
            "no memory is left to decompress gzip data", "free some memory, or lower the number of jobs"),
        _ => "is damaged or is followed by something else "
            + $"({Marshal.PtrToStringUTF8(message) ?? result.ToString()})",
    };
}
