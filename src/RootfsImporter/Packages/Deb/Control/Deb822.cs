namespace RootfsImporter.Packages.Deb.Control;

/// <summary>Reading whole deb822 documents (deb822(5)) that are small enough to be in memory.</summary>
internal static class Deb822
{
    /// <summary>
    /// All paragraphs of a text. Throws <see cref="InvalidDataException"/> with an offset for what is no deb822 text.
    /// </summary>
    public static IReadOnlyList<Deb822Paragraph> Parse(byte[] text, Deb822Options? options = null)
    {
        using MemoryStream stream = new(text, writable: false);
        Deb822Reader reader = new(stream, options);
        List<Deb822Paragraph> paragraphs = [];
        while (reader.Read() is { } paragraph)
        {
            paragraphs.Add(paragraph.Copy());
        }

        return paragraphs;
    }

    /// <summary>
    /// The one paragraph of a text such as <c>control</c> or <c>Release</c>. Throws
    /// <see cref="InvalidDataException"/> when there is none, or more than one.
    /// </summary>
    public static Deb822Paragraph ParseSingle(byte[] text, Deb822Options? options = null)
    {
        IReadOnlyList<Deb822Paragraph> paragraphs = Parse(text, options);
        return paragraphs.Count switch
        {
            1 => paragraphs[0],
            0 => throw new InvalidDataException("there is no paragraph; one was expected"),
            _ => throw new InvalidDataException(
                $"at byte {paragraphs[1].Offset}: a second paragraph; only one was expected"),
        };
    }

    /// <summary>Removes space, tab, carriage return and line feed from both ends.</summary>
    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t\r\n"u8);
}

/// <summary>What a <see cref="Deb822Reader"/> accepts.</summary>
internal sealed record Deb822Options
{
    /// <summary>The limits of a control file or an index: no comments, a paragraph up to 16 MiB.</summary>
    public static Deb822Options Default { get; } = new();

    /// <summary>Lines that begin with <c>#</c> are comments (source control files, apt sources), else errors.</summary>
    public bool AllowComments { get; init; }

    /// <summary>The longest paragraph, bytes; a Release file with its hash lists is one paragraph.</summary>
    public int MaxParagraphBytes { get; init; } = 16 << 20;

    /// <summary>The most fields of one paragraph.</summary>
    public int MaxFields { get; init; } = 1024;
}
