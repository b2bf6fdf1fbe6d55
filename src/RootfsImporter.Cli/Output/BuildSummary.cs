using System.Globalization;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Targets;

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
            Line(output, label, string.Join(", ", some.Select(stage => $"{stage.Stage} {Humanize.Duration(stage.Elapsed)}")));
            label = "";
        }

        Line(output, "time", Humanize.Duration(elapsed));
        foreach (Delivery delivery in result.Deliveries)
        {
            Line(output, "delivered", delivery.Target + (delivery.Descriptor.Digest == result.Images.Root.Digest
                ? ""
                : $" as {delivery.Descriptor.Digest}"));
            foreach (string line in delivery.Notes.Select(styles.Dim).Concat(delivery.HowToUse))
            {
                Line(output, "", line);
            }
        }
    }

    private static void WriteImage(TextWriter output, ImageResult result)
    {
        Line(output, "image", result.Image.Descriptor.Digest.ToString());
        Line(output, "config", Digest.Of(result.Image.Config.Span).ToString());
        Line(output, "size", Sizes(result.Image));
        if (result.Lockfile.Base is { } @base)
        {
            Line(output, "base", $"{@base.Name}, {@base.Digest}");
        }

        Line(output, "packages", Packages(result.Lockfile));
        Line(output, "dated", Date(result.Lockfile));
    }

    private static void WriteIndex(TextWriter output, BuildResult result, Styles styles)
    {
        Line(output, "index", result.Images.Root.Digest.ToString());
        foreach (ImageResult image in result.Results)
        {
            // Of an index whose images are all reused the first line says so.
            string reused = image.IsReused && !result.IsReused ? styles.Dim(", nothing had changed") : "";
            Line(output, "image", $"{image.Image.Descriptor.Digest} {image.Image.Platform}");
            Line(output, "", $"{Sizes(image.Image)}, {Humanize.Count(image.Lockfile.Packages.Count, "package")}, "
                + $"dated {Date(image.Lockfile)}{reused}");
        }
    }

    private static string Packages(Lockfile lockfile)
    {
        int passing = lockfile.Packages.Count(package => package.IsBuildOnly);
        return $"{lockfile.Packages.Count - passing}{(lockfile.Base is null ? "" : " on top of the base")}"
            + (passing == 0 ? "" : $", and {passing} while it was made");
    }

    private static void Line(TextWriter output, string name, string value) => output.WriteLine($"  {name,-10}  {value}");

    private static string Date(Lockfile lockfile) => DateTimeOffset.FromUnixTimeSeconds(lockfile.SourceDateEpoch)
        .ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Sizes(Image image)
    {
        long stored = image.Layers.Sum(layer => layer.Descriptor.Size);
        long unpacked = image.Layers.Sum(layer => layer.UncompressedSize ?? 0);
        return image.Layers.All(layer => layer.Compression == LayerCompression.None)
            ? $"{Humanize.Bytes(unpacked)}, not compressed"
            : $"{Humanize.Bytes(stored)} compressed, {Humanize.Bytes(unpacked)} unpacked";
    }
}
