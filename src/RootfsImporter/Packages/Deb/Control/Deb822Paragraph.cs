using System.Text;

namespace RootfsImporter.Packages.Deb.Control;

/// <summary>
/// One paragraph ("stanza") of deb822 text (deb822(5)): fields in their order, found by name without regard to
/// case. A paragraph given out by <see cref="Deb822Reader.Read"/> is a view that the next read refills; take a
/// <see cref="Copy"/> to keep it.
/// </summary>
internal sealed class Deb822Paragraph
{
    private byte[] _text = [];
    private int _textStart;
    private Deb822Field[] _fields = new Deb822Field[32];

    /// <summary>Offset of the paragraph's first byte in the text it was read from.</summary>
    public long Offset { get; private set; }

    /// <summary>How many fields it has.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// The value of a field as text, or null when there is no such field. White space around the value and carriage
    /// returns at line ends are gone; further lines keep the space they begin with.
    /// </summary>
    public string? this[string name]
    {
        get
        {
            Span<byte> bytes = stackalloc byte[64];
            int index = name.Length <= bytes.Length && Encoding.UTF8.TryGetBytes(name, bytes, out int written)
                ? IndexOf(bytes[..written])
                : IndexOf(Encoding.UTF8.GetBytes(name));
            return index < 0 ? null : ValueText(index);
        }
    }

    /// <summary>The index of a field, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_fields[i].NameLength == name.Length && Ascii.EqualsIgnoreCase(Name(i), name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The bytes of a field's value without surrounding white space; empty when absent.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> name)
    {
        int index = IndexOf(name);
        return index < 0 ? [] : Value(index);
    }

    /// <summary>The name of a field as it is written.</summary>
    public ReadOnlySpan<byte> Name(int index) =>
        _text.AsSpan(_textStart + _fields[index].NameStart, _fields[index].NameLength);

    /// <summary>The name of a field as it is written.</summary>
    public string NameText(int index) => Encoding.ASCII.GetString(Name(index));

    /// <summary>The bytes of a value without surrounding white space; inner line ends are as they were.</summary>
    public ReadOnlySpan<byte> Value(int index) => Deb822.Trim(RawValue(index));

    /// <summary>
    /// The bytes of a value exactly as they stand after the colon, without the last line end: what has to be written
    /// to reproduce the field.
    /// </summary>
    public ReadOnlySpan<byte> RawValue(int index) =>
        _text.AsSpan(_textStart + _fields[index].ValueStart, _fields[index].ValueLength);

    /// <summary>The value of a field as text, as <see cref="this[string]"/> has it.</summary>
    public string ValueText(int index)
    {
        string text = Encoding.UTF8.GetString(Value(index));
        return text.Contains('\r', StringComparison.Ordinal)
            ? text.Replace("\r\n", "\n", StringComparison.Ordinal)
            : text;
    }

    /// <summary>The lines of a value, trimmed, without empty ones: hash lists. Empty when absent.</summary>
    public IReadOnlyList<string> Lines(string name) => this[name] is { } value
        ? value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        : [];

    /// <summary>Where a field begins in the text, comments within the paragraph not counted.</summary>
    public long FieldOffset(int index) => Offset + _fields[index].NameStart;

    /// <summary>A paragraph of its own that later reads do not change.</summary>
    public Deb822Paragraph Copy()
    {
        int length = Count == 0 ? 0 : _fields[Count - 1].ValueStart + _fields[Count - 1].ValueLength;
        return new Deb822Paragraph
        {
            _text = _text.AsSpan(_textStart, length).ToArray(),
            _fields = _fields.AsSpan(0, Count).ToArray(),
            Count = Count,
            Offset = Offset,
        };
    }

    /// <summary>Empties the paragraph, before a reader fills it.</summary>
    internal void Clear(long offset)
    {
        Count = 0;
        Offset = offset;
    }

    /// <summary>Appends a field; positions are relative to the paragraph's first byte.</summary>
    internal void Add(Deb822Field field)
    {
        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, _fields.Length * 2);
        }

        _fields[Count++] = field;
    }

    /// <summary>Lengthens the last field up to a position relative to the paragraph's first byte.</summary>
    internal void ExtendLast(int end)
    {
        ref Deb822Field last = ref _fields[Count - 1];
        last = last with { ValueLength = end - last.ValueStart };
    }

    /// <summary>Says where the paragraph's bytes are, once all of it has been read.</summary>
    internal void Attach(byte[] text, int start)
    {
        _text = text;
        _textStart = start;
    }
}

/// <summary>Where a field stands, relative to its paragraph's first byte.</summary>
internal readonly record struct Deb822Field(int NameStart, int NameLength, int ValueStart, int ValueLength);
