using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>The result of a build for people.</summary>
internal static class BuildSummary
{
    private const int StagesPerLine = 4;

    /// <summary>Prints it; <paramref name="elapsed"/> is the whole build, of which stages overlap.</summary>
    public static void Write(TextWriter output, BuildResult result, TimeSpan elapsed, Styles styles)
    {
        Image image = result.Image;
        string variant = result.Lockfile.Variant is string name ? $" ({name})" : "";
        output.WriteLine(styles.Bold($"{result.Lockfile.Profile}{variant} {image.Platform}")
            + (result.IsReused ? styles.Dim("  nothing had changed: an earlier result was delivered") : ""));
        Line("image", image.Descriptor.Digest.ToString());
        Line("config", Digest.Of(image.Config.Span).ToString());
        Line("size", Sizes(image));
        Line("packages", $"{result.Lockfile.Packages.Count}");
        Line("dated", DateTimeOffset.FromUnixTimeSeconds(result.Lockfile.SourceDateEpoch)
            .ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture));
        string label = "stages";
        foreach (StageTime[] some in result.Stages.Chunk(StagesPerLine))
        {
            Line(label, string.Join(", ", some.Select(stage => $"{stage.Stage} {Humanize.Duration(stage.Elapsed)}")));
            label = "";
        }

        Line("time", Humanize.Duration(elapsed));
        foreach (Delivery delivery in result.Deliveries)
        {
            Line("delivered", delivery.Target + (delivery.Descriptor.Digest == image.Descriptor.Digest
                ? ""
                : $" as {delivery.Descriptor.Digest}"));
            foreach (string line in delivery.Notes.Select(styles.Dim).Concat(delivery.HowToUse))
            {
                output.WriteLine($"              {line}");
            }
        }

        void Line(string name, string value) => output.WriteLine($"  {name,-10}  {value}");
    }

    private static string Sizes(Image image)
    {
        long stored = image.Layers.Sum(layer => layer.Descriptor.Size);
        long unpacked = image.Layers.Sum(layer => layer.UncompressedSize ?? 0);
        return image.Layers.All(layer => layer.Compression == LayerCompression.None)
            ? $"{Humanize.Bytes(unpacked)}, not compressed"
            : $"{Humanize.Bytes(stored)} compressed, {Humanize.Bytes(unpacked)} unpacked";
    }
}
