using System.Buffers;

namespace RootfsImporter.Packages.Apk.Control;

/// <summary>The kinds of parts of a version, in the order of the grammar.</summary>
internal enum ApkVersionPart
{
    /// <summary>Before the first part.</summary>
    Start,

    /// <summary>Digits at the beginning, after a dot, or after the letter; also none.</summary>
    Number,

    /// <summary>One lower-case letter.</summary>
    Letter,

    /// <summary><c>_</c> and one of eight words.</summary>
    Suffix,

    /// <summary>The digits after a suffix.</summary>
    SuffixNumber,

    /// <summary><c>~</c> and the commit it was built from.</summary>
    Hash,

    /// <summary>Digits after <c>-r</c>: which build of the package it is.</summary>
    Revision,

    /// <summary>Nothing more.</summary>
    End,
}

/// <summary>Walks over the parts of a version, and compares one with another.</summary>
internal ref struct ApkVersionParts
{
    private static readonly SearchValues<char> HashDigits = SearchValues.Create("0123456789abcdef");

    private readonly ReadOnlySpan<char> _text;
    private ReadOnlySpan<char> _value;
    private int _suffix;
    private bool _isFirst;

    /// <summary>Stands before the first part.</summary>
    public ApkVersionParts(ReadOnlySpan<char> text)
    {
        _text = text;
        IsValid = true;
    }

    /// <summary>What the part is.</summary>
    public ApkVersionPart Kind { get; private set; }

    /// <summary>Where the next part begins.</summary>
    public int Position { get; private set; }

    /// <summary>Whether all that was read so far is as the grammar wants it.</summary>
    public bool IsValid { get; private set; }

    /// <summary>Whether the part makes a version older than the same one without it.</summary>
    public readonly bool IsPreRelease => Kind == ApkVersionPart.Suffix && _suffix < 0;

    /// <summary>Goes to the next part; false at the end, or before what cannot be read.</summary>
    public bool MoveNext()
    {
        ApkVersionPart before = Kind;
        Kind = ApkVersionPart.End;
        if (before == ApkVersionPart.Start)
        {
            _isFirst = true;
            Take(ApkVersionPart.Number, 0);
            return true;
        }

        _isFirst = false;
        return Position < _text.Length && before != ApkVersionPart.End && (IsValid = TakeAfter(before));
    }

    /// <summary>Compares two parts of one kind.</summary>
    public readonly int CompareTo(ApkVersionParts other) => Kind switch
    {
        ApkVersionPart.Number when !_isFirst => CompareComponents(_value, other._value),
        ApkVersionPart.Number or ApkVersionPart.SuffixNumber or ApkVersionPart.Revision =>
            CompareNumbers(_value, other._value),
        ApkVersionPart.Suffix => _suffix.CompareTo(other._suffix),
        _ => _value.SequenceCompareTo(other._value),
    };

    private bool TakeAfter(ApkVersionPart before)
    {
        switch (_text[Position])
        {
            case >= 'a' and <= 'z' when before == ApkVersionPart.Number:
                Kind = ApkVersionPart.Letter;
                _value = _text.Slice(Position++, 1);
                return true;
            case '.' when before == ApkVersionPart.Number:
                return Take(ApkVersionPart.Number, 1);
            case >= '0' and <= '9' when before == ApkVersionPart.Letter:
                return Take(ApkVersionPart.Number, 0);
            case >= '0' and <= '9' when before == ApkVersionPart.Suffix:
                return Take(ApkVersionPart.SuffixNumber, 0);
            case '_' when before <= ApkVersionPart.SuffixNumber:
                return TakeSuffix();
            case '~' when before < ApkVersionPart.Hash:
                return TakeHash();
            case '-' when before < ApkVersionPart.Revision && _text[Position..].StartsWith("-r"):
                return Take(ApkVersionPart.Revision, 2);
            default:
                return false;
        }
    }

    // Digits after a mark of some length. apk 2 reads none as 0.
    private bool Take(ApkVersionPart kind, int markLength)
    {
        Kind = kind;
        ReadOnlySpan<char> rest = _text[(Position + markLength)..];
        int digits = rest.IndexOfAnyExceptInRange('0', '9');
        _value = digits < 0 ? rest : rest[..digits];
        Position += markLength + _value.Length;
        return true;
    }

    private bool TakeSuffix()
    {
        ReadOnlySpan<char> rest = _text[(Position + 1)..];
        int letters = rest.IndexOfAnyExceptInRange('a', 'z');
        _value = letters < 0 ? rest : rest[..letters];
        if (rest.IsEmpty)
        {
            Position++;
            return true;
        }

        _suffix = _value switch
        {
            "alpha" => -4,
            "beta" => -3,
            "pre" => -2,
            "rc" => -1,
            "cvs" => 1,
            "svn" => 2,
            "git" => 3,
            "hg" => 4,
            "p" => 5,
            _ => 0,
        };
        if (_suffix == 0)
        {
            return false;
        }

        Kind = ApkVersionPart.Suffix;
        Position += 1 + _value.Length;
        return true;
    }

    private bool TakeHash()
    {
        ReadOnlySpan<char> rest = _text[(Position + 1)..];
        int digits = rest.IndexOfAnyExcept(HashDigits);
        _value = digits < 0 ? rest : rest[..digits];
        Kind = _value.IsEmpty ? ApkVersionPart.End : ApkVersionPart.Hash;
        Position += _value.IsEmpty ? 0 : 1 + _value.Length;
        return !_value.IsEmpty;
    }

    // As after a decimal point: 1.05 < 1.1. apk 2 counts the leading zeros first, the more the older, so that 1.02 < 1.010;
    // apk 3 compares such components as text.
    private static int CompareComponents(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        int zeros = LeadingZeros(right) - LeadingZeros(left);
        return zeros != 0 ? zeros : CompareNumbers(left, right);
    }

    // Numbers of any length, compared as text: leading zeros off, then the longer one is the greater.
    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        left = left.TrimStart('0');
        right = right.TrimStart('0');
        return left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);
    }

    private static int LeadingZeros(ReadOnlySpan<char> digits) => digits.Length - digits.TrimStart('0').Length;
}
