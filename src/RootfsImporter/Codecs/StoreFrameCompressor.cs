namespace RootfsImporter.Codecs;

/// <summary>Does not compress.</summary>
internal sealed class StoreFrameCompressor : IFrameCompressor
{
    public string Identity => "store";

    public void Compress(ReadOnlySpan<byte> input, MemoryStream output)
    {
        output.Position = output.Length;
        output.Write(input);
    }

    public void Dispose()
    {
    }
}
