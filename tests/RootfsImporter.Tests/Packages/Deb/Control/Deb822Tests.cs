using System.Text;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Tests.Packages.Deb.Control;

public sealed class Deb822Tests
{
    private static IReadOnlyList<Deb822Paragraph> Parse(string text, Deb822Options? options = null) =>
        Deb822.Parse(Encoding.UTF8.GetBytes(text), options);

    private static string Refusal(string text, Deb822Options? options = null) =>
        Assert.Throws<InvalidDataException>(() => Parse(text, options)).Message;

    [Fact]
    public void Reads_fields_by_name_without_regard_to_case()
    {
        Deb822Paragraph paragraph = Assert.Single(Parse("Package: bash\nVERSION:5.2-1 \n"));

        Assert.Equal("bash", paragraph["package"]);
        Assert.Equal("5.2-1", paragraph["Version"]);
        Assert.Null(paragraph["Depends"]);
        Assert.Equal(["Package", "VERSION"], Enumerable.Range(0, paragraph.Count).Select(paragraph.NameText));
    }

    [Fact]
    public void Splits_paragraphs_at_any_number_of_empty_lines()
    {
        IReadOnlyList<Deb822Paragraph> paragraphs = Parse("\n\nA: 1\n\n\n\nA: 2\nB: 3");

        Assert.Equal(["1", "2"], paragraphs.Select(p => p["A"]));
        Assert.Equal([2L, 10L], paragraphs.Select(p => p.Offset));
        Assert.Equal(15, paragraphs[1].FieldOffset(1));
    }

    [Fact]
    public void Keeps_the_lines_of_a_folded_value()
    {
        Deb822Paragraph paragraph = Parse("SHA256:\n aa 1 x\n\tbb 2 y \nDescription: a\n  b\n .\n c\n")[0];

        Assert.Equal(["aa 1 x", "bb 2 y"], paragraph.Lines("sha256"));
        Assert.Equal("a\n  b\n .\n c", paragraph["Description"]);
        Assert.Equal(" a\n  b\n .\n c", Encoding.UTF8.GetString(paragraph.RawValue(1)));
        Assert.Empty(paragraph.Lines("MD5Sum"));
    }

    [Fact]
    public void Takes_carriage_returns_as_white_space()
    {
        IReadOnlyList<Deb822Paragraph> paragraphs = Parse("A: 1\r\nB: 2\r\n 3\r\n\r\nA: 4\r\n");

        Assert.Equal("1", paragraphs[0]["A"]);
        Assert.Equal("2\n 3", paragraphs[0]["B"]);
        Assert.Equal("4", paragraphs[1]["A"]);
    }

    [Fact]
    public void Comments_are_dropped_even_within_a_value_where_they_are_allowed()
    {
        const string Text = "# head\n\n# more\nTypes: deb\n# one\nSuites: a\n# two\n b\n#end\n\nX: y\n";
        IReadOnlyList<Deb822Paragraph> paragraphs = Parse(Text, new Deb822Options { AllowComments = true });

        Assert.Equal("deb", paragraphs[0]["Types"]);
        Assert.Equal("a\n b", paragraphs[0]["Suites"]);
        Assert.Equal("y", paragraphs[1]["X"]);
        Assert.Equal(Text.IndexOf('X', StringComparison.Ordinal), paragraphs[1].Offset);
        Assert.Contains("is no field", Refusal(Text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A: 1\nB: 2\na: 3\n", "at byte 10: field 'a' is given twice")]
    [InlineData("A: 1\nB\n", "at byte 5: 'B' is no field")]
    [InlineData(": 1\n", "at byte 0: ': 1' is no field")]
    [InlineData("-A: 1\n", "at byte 0")]
    [InlineData("A b: 1\n", "at byte 0: 'A b: 1' is no field")]
    [InlineData(" A: 1\n", "at byte 0: a continuation line")]
    [InlineData("A: 1\n \nB: 2\n", "at byte 5: a line of nothing but white space")]
    [InlineData("A: 1\0\n", "at byte 4: a NUL byte")]
    [InlineData("A: 1\nB: x\n y\0z\n\nC: 1\n", "at byte 12: a NUL byte")]
    [InlineData("\0", "at byte 0: '?' is no field")]
    [InlineData("A: 1\n\n\u00e4: 2\n", "at byte 6")]
    public void Refuses_what_is_no_deb822_text_and_says_where(string text, string message) =>
        Assert.Contains(message, Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void Refuses_a_paragraph_over_the_limit_before_reading_all_of_it()
    {
        Deb822Options options = new() { MaxParagraphBytes = 1 << 20 };
        using EndlessStream stream = new();

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => new Deb822Reader(stream, options).Read());

        Assert.Contains("a paragraph of more than 1048576 bytes", e.Message, StringComparison.Ordinal);
        Assert.InRange(stream.Given, 1 << 20, 4 << 20);
    }

    [Fact]
    public void Refuses_too_many_fields() => Assert.Contains(
        "more than 1024 fields",
        Refusal(string.Concat(Enumerable.Range(0, 1025).Select(i => $"F{i}: x\n"))),
        StringComparison.Ordinal);

    [Fact]
    public void The_result_does_not_depend_on_how_the_stream_is_cut()
    {
        StringBuilder text = new();
        for (int i = 0; i < 3000; i++)
        {
            text.Append($"Package: p{i}\nDescription: {new string('x', i % 700)}\n line\n\n");
        }

        using CuttingStream stream = new(Encoding.UTF8.GetBytes(text.ToString()), 1021);
        Deb822Reader reader = new(stream);
        int count = 0;
        while (reader.Read() is { } paragraph)
        {
            Assert.Equal($"p{count}", paragraph["Package"]);
            Assert.Equal($"{new string('x', count % 700)}\n line".TrimStart(), paragraph["Description"]);
            count++;
        }

        Assert.Equal(3000, count);
    }

    [Fact]
    public void A_single_paragraph_is_demanded_where_there_can_be_only_one()
    {
        Assert.Equal("1", Deb822.ParseSingle("A: 1\n"u8.ToArray())["A"]);
        Assert.Throws<InvalidDataException>(() => Deb822.ParseSingle("\n\n"u8.ToArray()));
        InvalidDataException e =
            Assert.Throws<InvalidDataException>(() => Deb822.ParseSingle("A: 1\n\nB: 2\n"u8.ToArray()));
        Assert.Contains("at byte 6", e.Message, StringComparison.Ordinal);
    }

    private sealed class CuttingStream(byte[] content, int step) : MemoryStream(content, writable: false)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, step));
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long Given { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'a');
            Given += count;
            return count;
        }
    }
}
