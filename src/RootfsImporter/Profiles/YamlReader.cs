using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RootfsImporter.Profiles;

/// <summary>
/// Reads one profile file into nodes. A strict part of YAML: one document that is a mapping, UTF-8, plain
/// keys, each once; no anchors, aliases, tags or merge keys, so that what is read is never larger than what
/// was written.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>The largest file that is read; the longest profile here has about 3 KiB.</summary>
    public const int MaxFileBytes = 256 * 1024;

    /// <summary>The deepest nesting that is read; a profile needs 5.</summary>
    public const int MaxDepth = 16;

    private readonly string _file;
    private readonly Parser _parser;

    private YamlReader(string file, string text)
    {
        _file = file;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>
    /// Reads a file; throws <see cref="ProfileException"/> with the place of what is wrong.
    /// </summary>
    public static YamlNode.Mapping ReadFile(string path) => Read(path, ReadText(path));

    /// <summary>Reads the text of the file <paramref name="file"/>.</summary>
    public static YamlNode.Mapping Read(string file, string text)
    {
        YamlReader reader = new(file, text);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException exception)
        {
            YamlMark mark = new(file, Math.Max(1, exception.Start.Line), Math.Max(1, exception.Start.Column));
            throw TabAt(mark, text, exception)
                ?? mark.Error($"not YAML: {Lower(exception.Message)}", null, exception);
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] bytes = new byte[MaxFileBytes + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxFileBytes)
            {
                throw new ProfileException(
                    $"{path}: file too large: more than {MaxFileBytes / 1024} KiB", "is this a profile?");
            }

            UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            return strict.GetString(bytes, 0, length).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new ProfileException($"{path}: not UTF-8 text (byte {exception.Index})", null, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ProfileException($"cannot read profile {path}: {exception.Message}", null, exception);
        }
    }

    private YamlNode.Mapping ReadDocument()
    {
        Next();
        if (Next() is not DocumentStart)
        {
            throw new YamlMark(_file, 1, 1).Error(
                "the file is empty, expected a mapping such as 'suite: noble'");
        }

        YamlNode root = ReadNode(Next(), 1);
        Next();
        if (Next() is DocumentStart second)
        {
            throw MarkOf(second).Error("a second document begins, expected one document in a file");
        }

        return root as YamlNode.Mapping
            ?? throw root.Mark.Error($"expected a mapping such as 'suite: noble', found {root.Kind}");
    }

    private YamlNode ReadNode(ParsingEvent start, int depth)
    {
        YamlMark mark = MarkOf(start);
        if (depth > MaxDepth)
        {
            throw mark.Error($"nested deeper than {MaxDepth} levels");
        }

        if (start is AnchorAlias || start is NodeEvent { Anchor.IsEmpty: false })
        {
            throw mark.Error("anchors and aliases are not supported", "share settings through 'extends'");
        }

        if (start is NodeEvent { Tag.IsEmpty: false } tagged)
        {
            throw mark.Error($"tags are not supported, found '{tagged.Tag}'");
        }

        return start switch
        {
            Scalar scalar => new YamlNode.Scalar(mark, scalar.Value, scalar.Style != ScalarStyle.Plain),
            SequenceStart => ReadSequence(mark, depth),
            MappingStart => ReadMapping(mark, depth),
            _ => throw mark.Error("expected a value"),
        };
    }

    private YamlNode.Sequence ReadSequence(YamlMark mark, int depth)
    {
        List<YamlNode> items = [];
        for (ParsingEvent next = Next(); next is not SequenceEnd; next = Next())
        {
            items.Add(ReadNode(next, depth + 1));
        }

        return new YamlNode.Sequence(mark, items);
    }

    private YamlNode.Mapping ReadMapping(YamlMark mark, int depth)
    {
        List<YamlEntry> entries = [];
        Dictionary<string, YamlMark> seen = [];
        for (ParsingEvent next = Next(); next is not MappingEnd; next = Next())
        {
            if (ReadNode(next, depth + 1) is not YamlNode.Scalar { IsNull: false } key)
            {
                throw MarkOf(next).Error("a key must be plain text");
            }

            if (key.Value == "<<")
            {
                throw key.Mark.Error("merge keys are not supported", "share settings through 'extends'");
            }

            if (!seen.TryAdd(key.Value, key.Mark))
            {
                throw key.Mark.Error(
                    $"duplicate key '{key.Excerpt}', first on line {seen[key.Value].Line}",
                    "remove one of them");
            }

            entries.Add(new YamlEntry(key.Mark, key.Value, ReadNode(Next(), depth + 1)));
        }

        return new YamlNode.Mapping(mark, entries);
    }

    private ParsingEvent Next()
    {
        YamlMark last = _parser.Current is ParsingEvent current
            ? new YamlMark(_file, Math.Max(1, current.End.Line), Math.Max(1, current.End.Column))
            : new YamlMark(_file, 1, 1);
        try
        {
            return _parser.MoveNext() ? _parser.Current! : throw last.Error("the file ends too early");
        }
        catch (Exception exception) when (exception is not (YamlException or ProfileException))
        {
            // The parser has states that it does not expect itself, such as a flow list cut off by a mapping
            // (InvalidOperationException). Whatever it throws, the text is at fault.
            throw last.Error("not YAML: cannot read what follows here", null, exception);
        }
    }

    private YamlMark MarkOf(ParsingEvent at) => new(_file, at.Start.Line, at.Start.Column);

    // YAML forbids tabs as indentation. The parser reports one at the node that it spoils, which may begin
    // lines before it; only when the parser itself speaks of a tab is the rest of the file searched for it.
    private static ProfileException? TabAt(YamlMark mark, string text, YamlException cause)
    {
        string[] lines = text.Split('\n');
        bool namesTab = cause.Message.Contains("tab", StringComparison.Ordinal);
        long last = Math.Min(namesTab ? lines.Length : mark.Line + 1, lines.Length);
        for (long line = mark.Line; line <= last; line++)
        {
            string content = lines[line - 1];
            int tab = content.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && content.AsSpan(0, tab).TrimStart(' ').IsEmpty)
            {
                return (mark with { Line = line, Column = tab + 1 })
                    .Error("a tab in the indentation", "YAML is indented with spaces", cause);
            }
        }

        return null;
    }

    private static string Lower(string message) =>
        message.Length == 0 ? message : char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');
}
