using System.Globalization;

namespace RootfsImporter.Cli.Output;

/// <summary>Colours of messages, as control sequences (ECMA-48 SGR) or nothing.</summary>
/// <param name="IsColored">Whether colours are written.</param>
internal readonly record struct Styles(bool IsColored)
{
    /// <summary>An error's first word.</summary>
    public string Error(string text) => Paint("1;31", text);

    /// <summary>A warning's first word.</summary>
    public string Warning(string text) => Paint("1;33", text);

    /// <summary>A hint's first word.</summary>
    public string Hint(string text) => Paint("1;36", text);

    /// <summary>What went well.</summary>
    public string Good(string text) => Paint("32", text);

    /// <summary>What matters less.</summary>
    public string Dim(string text) => Paint("2", text);

    /// <summary>A heading.</summary>
    public string Bold(string text) => Paint("1", text);

    private string Paint(string code, string text) => IsColored ? $"\u001b[{code}m{text}\u001b[0m" : text;
}

/// <summary>Numbers as people read them.</summary>
internal static class Humanize
{
    /// <summary>Bytes in decimal units: <c>22.4 MB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
    };

    /// <summary>A time span: <c>340 ms</c>, <c>1.2 s</c>, <c>2 min 03 s</c>.</summary>
    public static string Duration(TimeSpan span) => span.TotalSeconds switch
    {
        < 0.9995 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        < 59.95 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        _ => string.Create(
            CultureInfo.InvariantCulture, $"{(long)span.TotalSeconds / 60} min {(long)span.TotalSeconds % 60:00} s"),
    };

    /// <summary>A time that is still running, in one unit so that it can be watched: <c>0.3 s</c>.</summary>
    public static string Running(TimeSpan span) => span.TotalSeconds < 59.95
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s")
        : Duration(span);

    /// <summary>A number and its noun: <c>1 package</c>, <c>91 packages</c>.</summary>
    public static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
