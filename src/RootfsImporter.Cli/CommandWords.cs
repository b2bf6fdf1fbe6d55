using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace RootfsImporter.Cli;

/// <summary>A command as people write it in one word of a command line.</summary>
internal static class CommandWords
{
    /// <summary>
    /// Reads a JSON array of strings, or words parted and quoted as in a POSIX shell (sh(1), "Quoting"): nothing in them is
    /// expanded, and no shell will run them. Empty text is no word.
    /// </summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out IReadOnlyList<string>? words, [NotNullWhen(false)] out string? problem)
    {
        words = text.TrimStart().StartsWith('[') ? ParseJson(text) : Split(text);
        problem = words is not null ? null
            : text.TrimStart().StartsWith('[') ? "it begins as a JSON array, and is no array of strings"
            : "a quote is not closed";
        if (words?.Any(word => word.Contains('\0', StringComparison.Ordinal)) == true)
        {
            (words, problem) = (null, "it has a NUL in it");
        }

        return words is not null;
    }

    private static string[]? ParseJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement[] elements = [.. document.RootElement.EnumerateArray()];
            return elements.All(element => element.ValueKind == JsonValueKind.String)
                ? [.. elements.Select(element => element.GetString()!)]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The words, or null when a quote is not closed.</summary>
    private static List<string>? Split(string text)
    {
        List<string> words = [];
        StringBuilder? word = null;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length
                && (quote == '\0' || text[i + 1] is '"' or '\\' or '$' or '`'))
            {
                (word ??= new()).Append(text[++i]);
            }
            else if (c == quote && quote != '\0')
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                quote = c;
                word ??= new();
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                Take();
            }
            else
            {
                (word ??= new()).Append(c);
            }
        }

        Take();
        return quote == '\0' ? words : null;

        void Take()
        {
            if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }
    }
}
