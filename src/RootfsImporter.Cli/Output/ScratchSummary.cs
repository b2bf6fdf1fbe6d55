using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Scratch;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>A minimal image for people.</summary>
internal static class ScratchSummary
{
    private const int MaxReasons = 2;
    private const int MaxPathWidth = 60;

    /// <summary>Prints every file and why it is there.</summary>
    public static void WriteFiles(TextWriter output, ScratchResult result, Styles styles)
    {
        (string Path, string Size, string Why)[] lines = [.. result.Files.Select(file => (PathOf(file), SizeOf(file), WhyOf(file)))];
        int width = lines.Length == 0 ? 0 : Math.Min(lines.Max(line => line.Path.Length), MaxPathWidth);
        foreach ((string path, string size, string why) in lines)
        {
            output.WriteLine($"{path.PadRight(width)}  {size,9}  {styles.Dim(why)}");
        }

        output.WriteLine();
    }

    /// <summary>Prints the result.</summary>
    public static void Write(TextWriter output, ScratchResult result, TimeSpan elapsed, Styles styles)
    {
        Image image = result.Images.Images[0];
        output.WriteLine(styles.Bold($"{string.Join(' ', result.Entrypoint.DefaultIfEmpty("no entry point"))}  {image.Platform}"));
        Line("image", image.Descriptor.Digest.ToString());
        Line("config", Digest.Of(image.Config.Span).ToString());
        Line("size", $"{Humanize.Bytes(image.Layers.Sum(layer => layer.Descriptor.Size))} compressed, "
            + $"{Humanize.Bytes(image.Layers.Sum(layer => layer.UncompressedSize ?? 0))} unpacked");
        Line("files", $"{result.Files.Count(file => file.Kind is EntryKind.File or EntryKind.HardLink)}");
        Line("time", Humanize.Duration(elapsed));
        foreach (Delivery delivery in result.Deliveries)
        {
            Line("delivered", delivery.Target + (delivery.Descriptor.Digest == result.Images.Root.Digest
                ? ""
                : $" as {delivery.Descriptor.Digest}"));
            foreach (string line in delivery.Notes.Select(styles.Dim).Concat(delivery.HowToUse))
            {
                Line("", line);
            }
        }

        void Line(string name, string value) => output.WriteLine($"  {name,-10}  {value}");
    }

    private static string PathOf(ScratchEntry file) => file.LinkTarget is string target && file.Kind == EntryKind.Symlink
        ? $"{file.Path} -> {target}"
        : file.Path.ToString();

    private static string SizeOf(ScratchEntry file) => file.Kind switch
    {
        EntryKind.Symlink => "link",
        EntryKind.Directory => "directory",
        _ => Humanize.Bytes(file.Size),
    };

    private static string WhyOf(ScratchEntry file) => string.Join("; ", file.Reasons.Take(MaxReasons))
        + (file.Reasons.Count > MaxReasons ? $"; and {file.Reasons.Count - MaxReasons} more" : "");
}
