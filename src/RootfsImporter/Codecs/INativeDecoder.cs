namespace RootfsImporter.Codecs;

/// <summary>What one call of a decoder did.</summary>
/// <param name="Consumed">How many bytes of the input it used.</param>
/// <param name="Written">How many bytes of output it made.</param>
/// <param name="IsComplete">Whether the input so far is whole: it may end here.</param>
/// <param name="Error">Why the data is not valid, as half a sentence; else null.</param>
internal readonly record struct DecodeStep(int Consumed, int Written, bool IsComplete, string? Error = null);

/// <summary>A streaming decoder of a system library, with its native state.</summary>
internal interface INativeDecoder : IDisposable
{
    /// <summary>The format's name, for messages.</summary>
    string Format { get; }

    /// <summary>
    /// Decodes on, as far as input and output reach. Not called again after an error.
    /// </summary>
    DecodeStep Decode(ReadOnlySpan<byte> input, Span<byte> output, bool isLastInput);
}
