using RootfsImporter.Oci;

namespace RootfsImporter.Cli.Output;

/// <summary>The result of a copy for people.</summary>
internal static class CopySummary
{
    /// <summary>Prints it.</summary>
    public static void Write(TextWriter output, CopyResult result, TimeSpan elapsed, Styles styles)
    {
        output.WriteLine(styles.Bold(result.Source));
        if (result.Images.Index is not null)
        {
            Line("index", result.Images.Root.Digest.ToString());
        }

        foreach (Image image in result.Images.Images)
        {
            Line("image", $"{image.Descriptor.Digest}  {image.Platform}");
        }

        Line("size", Humanize.Bytes(result.Images.Blobs().Sum(blob => blob.Descriptor.Size)));
        Line("time", Humanize.Duration(elapsed));
        SummaryLines.Deliveries(output, result.Deliveries, result.Images.Root.Digest, styles);

        void Line(string name, string value) => SummaryLines.Line(output, name, value);
    }
}
