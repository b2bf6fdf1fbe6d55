using System.Globalization;
using System.Text;

namespace RootfsImporter.Profiles;

/// <summary>Writes block mappings and lists as YAML that any reader takes for the same text values.</summary>
internal sealed class YamlWriter
{
    private static readonly string[] Words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _beginsItem;

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>A comment line; the text has no line break.</summary>
    public void Comment(string text) => Line($"# {text}");

    /// <summary><c>key: value</c>.</summary>
    public void Pair(string key, string value) => Line($"{Quote(key)}: {Quote(value)}");

    /// <summary><c>key: true</c>.</summary>
    public void Pair(string key, bool value) => Line($"{Quote(key)}: {(value ? "true" : "false")}");

    /// <summary><c>key: value</c>, or nothing for null.</summary>
    public void OptionalPair(string key, string? value)
    {
        if (value is not null)
        {
            Pair(key, value);
        }
    }

    /// <summary>A key with a list, one item a line; nothing for an empty list.</summary>
    public void List(string key, IEnumerable<string> values)
    {
        string[] items = [.. values];
        if (items.Length > 0)
        {
            Line($"{Quote(key)}:");
            foreach (string item in items)
            {
                Line($"  - {Quote(item)}");
            }
        }
    }

    /// <summary>A key with a mapping of pairs, in the order given; nothing for an empty one.</summary>
    public void Map(string key, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        KeyValuePair<string, string>[] entries = [.. pairs];
        if (entries.Length > 0)
        {
            Section(key, () =>
            {
                foreach ((string name, string value) in entries)
                {
                    Pair(name, value);
                }
            });
        }
    }

    /// <summary>
    /// A key with a mapping that <paramref name="content"/> writes; <c>{}</c> when it writes nothing.
    /// </summary>
    public void Section(string key, Action content)
    {
        Line($"{Quote(key)}:");
        int start = _text.Length;
        _depth++;
        content();
        _depth--;
        if (_text.Length == start)
        {
            _text.Insert(start - 1, " {}");
        }
    }

    /// <summary>A list item that is the mapping that <paramref name="content"/> writes, of at least one pair.</summary>
    public void Item(Action content)
    {
        _depth++;
        _beginsItem = true;
        content();
        _depth--;
    }

    /// <summary>A list item that is a single value.</summary>
    public void Item(string value) => Line($"- {Quote(value)}");

    /// <summary><c>key: null</c>, which unsets a key, or <c>key: []</c>, which empties a list.</summary>
    public void Nothing(string key, bool isList = false) => Line($"{Quote(key)}: {(isList ? "[]" : "null")}");

    private void Line(string text)
    {
        _text.Append(' ', (_depth * 2) - (_beginsItem ? 2 : 0)).Append(_beginsItem ? "- " : "").Append(text).Append('\n');
        _beginsItem = false;
    }

    /// <summary>
    /// The text plain where no reader could take it for anything else, and double-quoted otherwise.
    /// </summary>
    private static string Quote(string text)
    {
        if (IsPlain(text))
        {
            return text;
        }

        StringBuilder quoted = new("\"");
        foreach (char character in text)
        {
            _ = character switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' or (>= '\u007f' and <= '\u00a0') or '\u2028' or '\u2029' or '\ufeff' => quoted.Append(
                    CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }

    // A number or a word such as "no" would be another type to a reader that has types.
    private static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_' || IsDate(text))
        && text.All(character => char.IsAsciiLetterOrDigit(character) || " /_.+-=*()~:".Contains(character))
        && !text.Contains(": ", StringComparison.Ordinal)
        && text[^1] is not (' ' or ':')
        && !Words.Contains(text.ToLowerInvariant());

    private static bool IsDate(string text) => text.Length == 10
        && DateOnly.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
