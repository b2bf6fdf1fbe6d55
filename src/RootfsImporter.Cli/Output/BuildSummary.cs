using System.Globalization;
using RootfsImporter.Oci;
using RootfsImporter.Packages;

namespace RootfsImporter.Cli.Output;

/// <summary>The result of a build for people.</summary>
internal static class BuildSummary
{
    private const int StagesPerLine = 4;

    /// <summary>Prints it; <paramref name="elapsed"/> is the whole build, of which stages overlap.</summary>
    public static void Write(TextWriter output, BuildResult result, TimeSpan elapsed, Styles styles)
    {
        Lockfile lockfile = result.Results[0].Lockfile;
        string variant = lockfile.Variant is string name ? $" ({name})" : "";
        string platforms = string.Join(", ", result.Results.Select(image => image.Image.Platform));
        output.WriteLine(styles.Bold($"{lockfile.Profile}{variant} {platforms}")
            + (result.IsReused ? styles.Dim("  nothing had changed: an earlier result was delivered") : ""));
        if (result.Results is [ImageResult only])
        {
            WriteImage(output, only);
        }
        else
        {
            WriteIndex(output, result, styles);
        }

        string label = "stages";
        foreach (StageTime[] some in StageTotals.Of(result.Stages).Chunk(StagesPerLine))
        {
            SummaryLines.Line(
                output, label, string.Join(", ", some.Select(stage => $"{stage.Stage} {Humanize.Duration(stage.Elapsed)}")));
            label = "";
        }

        SummaryLines.Line(output, "time", Humanize.Duration(elapsed));
        SummaryLines.Deliveries(output, result.Deliveries, result.Images.Root.Digest, styles);
    }

    private static void WriteImage(TextWriter output, ImageResult result)
    {
        SummaryLines.Line(output, "image", result.Image.Descriptor.Digest.ToString());
        SummaryLines.Line(output, "config", Digest.Of(result.Image.Config.Span).ToString());
        SummaryLines.Line(output, "size", Sizes(result.Image));
        if (result.Lockfile.Base is { } @base)
        {
            SummaryLines.Line(output, "base", $"{@base.Name}, {@base.Digest}");
        }

        SummaryLines.Line(output, "packages", Packages(result.Lockfile));
        SummaryLines.Line(output, "dated", Date(result.Lockfile));
    }

    private static void WriteIndex(TextWriter output, BuildResult result, Styles styles)
    {
        SummaryLines.Line(output, "index", result.Images.Root.Digest.ToString());
        foreach (ImageResult image in result.Results)
        {
            // Of an index whose images are all reused the first line says so.
            string reused = image.IsReused && !result.IsReused ? styles.Dim(", nothing had changed") : "";
            SummaryLines.Line(output, "image", $"{image.Image.Descriptor.Digest} {image.Image.Platform}");
            SummaryLines.Line(
                output, "", $"{Sizes(image.Image)}, {Humanize.Count(image.Lockfile.Packages.Count, "package")}, "
                + $"dated {Date(image.Lockfile)}{reused}");
        }
    }

    private static string Packages(Lockfile lockfile)
    {
        int passing = lockfile.Packages.Count(package => package.IsBuildOnly);
        return $"{lockfile.Packages.Count - passing}{(lockfile.Base is null ? "" : " on top of the base")}"
            + (passing == 0 ? "" : $", and {passing} while it was made");
    }

    private static string Date(Lockfile lockfile) => Date(lockfile.SourceDateEpoch);

    /// <summary>A time for people.</summary>
    /// <param name="seconds">Seconds since 1970 UTC.</param>
    internal static string Date(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds)
        .ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>How large an image's layers are.</summary>
    internal static string Sizes(Image image)
    {
        long stored = image.Layers.Sum(layer => layer.Descriptor.Size);
        long unpacked = image.Layers.Sum(layer => layer.UncompressedSize ?? 0);
        return image.Layers.All(layer => layer.Compression == LayerCompression.None)
            ? $"{Humanize.Bytes(unpacked)}, not compressed"
            : $"{Humanize.Bytes(stored)} compressed, {Humanize.Bytes(unpacked)} unpacked";
    }
}
