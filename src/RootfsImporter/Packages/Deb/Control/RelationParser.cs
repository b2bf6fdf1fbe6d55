using System.Buffers;
using System.Text;

namespace RootfsImporter.Packages.Deb.Control;

/// <summary>
/// Reads relation fields such as <c>Depends</c> (deb-control(5)): groups between commas, alternatives between bars.
/// An architecture list in brackets drops a term for other architectures; build profiles in angle brackets are
/// skipped, since binary packages have none.
/// </summary>
internal ref struct RelationParser
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-_");

    private readonly ReadOnlySpan<char> _text;
    private readonly string _architecture;
    private int _position;

    private RelationParser(ReadOnlySpan<char> text, string architecture)
    {
        _text = text;
        _architecture = architecture;
    }

    /// <summary>
    /// Reads a field for an architecture, given by its Debian name. Throws <see cref="InvalidDataException"/> that
    /// names the offset within the field.
    /// </summary>
    public static IReadOnlyList<RelationGroup> Parse(ReadOnlySpan<char> text, string architecture) =>
        new RelationParser(text, architecture).ReadGroups();

    /// <summary>As <see cref="Parse(ReadOnlySpan{char}, string)"/>, for UTF-8 text.</summary>
    public static IReadOnlyList<RelationGroup> Parse(ReadOnlySpan<byte> text, string architecture) =>
        text.IsEmpty ? [] : Parse(Encoding.UTF8.GetString(text), architecture);

    private List<RelationGroup> ReadGroups()
    {
        List<RelationGroup> groups = [];
        SkipSpace();
        while (_position < _text.Length)
        {
            // Stray commas occur in old archives, and apt passes over them.
            if (_text[_position] != ',')
            {
                RelationGroup group = ReadGroup();
                if (group.Alternatives.Count > 0)
                {
                    groups.Add(group);
                }
            }

            if (_position < _text.Length && !TryTake(','))
            {
                throw Malformed("expected ',' or '|'");
            }
        }

        return groups;
    }

    private RelationGroup ReadGroup()
    {
        List<Relation> alternatives = [];
        do
        {
            Relation relation = ReadRelation(out bool applies);
            if (applies)
            {
                alternatives.Add(relation);
            }
        }
        while (TryTake('|'));
        return new RelationGroup(alternatives);
    }

    private Relation ReadRelation(out bool applies)
    {
        string name = ReadWord("a package name");
        string? qualifier = null;
        if (_position < _text.Length && _text[_position] == ':')
        {
            _position++;
            qualifier = ReadWord("an architecture after ':'");
        }

        SkipSpace();
        Relation relation = new() { Name = name, Qualifier = qualifier };
        if (TryTake('('))
        {
            RelationOperator comparison = ReadOperator();
            relation = relation with { Operator = comparison, Version = ReadVersion() };
        }

        applies = !TryTake('[') || ReadArchitectures();
        while (TryTake('<'))
        {
            ReadUntil('>');
        }

        return relation;
    }

    private RelationOperator ReadOperator()
    {
        int start = _position;
        while (_position < _text.Length && _text[_position] is '<' or '>' or '=')
        {
            _position++;
        }

        RelationOperator? found = _text[start.._position] switch
        {
            "<<" => RelationOperator.Earlier,
            "<=" or "<" => RelationOperator.EarlierOrEqual,
            "=" => RelationOperator.Equal,
            ">=" or ">" => RelationOperator.LaterOrEqual,
            ">>" => RelationOperator.Later,
            _ => null,
        };
        if (found is null)
        {
            _position = start;
            throw Malformed("expected one of << <= = >= >>");
        }

        SkipSpace();
        return found.Value;
    }

    private DebVersion ReadVersion()
    {
        int start = _position;
        string text = ReadUntil(')').ToString();
        if (!DebVersion.TryParse(text, out DebVersion version, out string? problem))
        {
            _position = start;
            throw Malformed(problem);
        }

        return version;
    }

    private bool ReadArchitectures()
    {
        bool listed = false;
        bool negated = false;
        ReadOnlySpan<char> list = ReadUntil(']');
        foreach (Range range in list.SplitAny(" \t\r\n"))
        {
            ReadOnlySpan<char> term = list[range];
            if (term.StartsWith('!'))
            {
                negated = true;
                term = term[1..];
            }

            listed |= !term.IsEmpty && Matches(term);
        }

        return listed != negated;
    }

    // The wildcards that name Linux: any, linux-any, any-amd64.
    private readonly bool Matches(ReadOnlySpan<char> term) =>
        term is "any" or "linux-any"
        || term.SequenceEqual(_architecture)
        || (term.StartsWith("any-", StringComparison.Ordinal) && term[4..].SequenceEqual(_architecture));

    private ReadOnlySpan<char> ReadUntil(char end)
    {
        int length = _text[_position..].IndexOf(end);
        if (length < 0)
        {
            throw Malformed($"expected '{end}'");
        }

        ReadOnlySpan<char> inner = _text.Slice(_position, length);
        _position += length + 1;
        SkipSpace();
        return inner.Trim();
    }

    private string ReadWord(string what)
    {
        int length = _text[_position..].IndexOfAnyExcept(NameCharacters);
        length = length < 0 ? _text.Length - _position : length;
        if (length == 0 || !char.IsAsciiLetterOrDigit(_text[_position]))
        {
            throw Malformed($"expected {what}");
        }

        string word = _text.Slice(_position, length).ToString();
        _position += length;
        return word;
    }

    private bool TryTake(char expected)
    {
        if (_position >= _text.Length || _text[_position] != expected)
        {
            return false;
        }

        _position++;
        SkipSpace();
        return true;
    }

    private void SkipSpace()
    {
        while (_position < _text.Length && _text[_position] is ' ' or '\t' or '\r' or '\n')
        {
            _position++;
        }
    }

    private readonly InvalidDataException Malformed(string what)
    {
        string near = _text.Slice(_position, Math.Min(20, _text.Length - _position)).ToString();
        return new InvalidDataException($"at character {_position} of a relation, near '{near}': {what}");
    }
}
