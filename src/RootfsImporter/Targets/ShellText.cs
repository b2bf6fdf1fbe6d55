using System.Buffers;

namespace RootfsImporter.Targets;

/// <summary>Words of a shell command that people are shown.</summary>
internal static class ShellText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@%+=,");

    /// <summary>The text as one word of a POSIX shell.</summary>
    internal static string Quote(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Plain)
        ? text
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
