using System.Diagnostics;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

public sealed class YamlReaderTests : IDisposable
{
    private readonly ProfileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> HostileTexts => new()
    {
        { new string('[', 200_000), "nested deeper than 16 levels" },
        { new string('{', 200_000), "nested deeper than 16 levels" },
        { string.Concat(Enumerable.Repeat("- ", 100_000)), "nested deeper than 16 levels" },
        { string.Concat(Enumerable.Repeat("? ", 100_000)), "nested deeper than 16 levels" },
        { string.Concat(Enumerable.Repeat("[\n", 100_000)), "nested deeper than 16 levels" },
        { "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "x.yaml:1:4: anchors and aliases are not supported" },
        { "a: *a\n", "x.yaml:1:4: anchors and aliases are not supported" },
        { "title: " + new string('x', 10_000_000), "x.yaml: file too large: more than 256 KiB" },
        { "title: !!binary aGk=\n", "x.yaml:1:8: tags are not supported, found 'tag:yaml.org,2002:binary'" },
        { "<<: {a: b}\n", "x.yaml:1:1: merge keys are not supported" },
        { "[a]: b\n", "x.yaml:1:1: a key must be plain text" },
        { "? [a]\n: b\n", "x.yaml:1:3: a key must be plain text" },
    };

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void Hostile_text_is_refused_in_no_time(string text, string message)
    {
        Stopwatch watch = Stopwatch.StartNew();

        Assert.Contains(message, _folder.Failure(text).Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("", "x.yaml:1:1: the file is empty, expected a mapping such as 'suite: noble'")]
    [InlineData("# only a comment\n", "x.yaml:1:1: the file is empty, expected a mapping such as 'suite: noble'")]
    [InlineData("noble\n", "x.yaml:1:1: expected a mapping such as 'suite: noble', found 'noble'")]
    [InlineData("\n- noble\n", "x.yaml:2:1: expected a mapping such as 'suite: noble', found a list")]
    [InlineData("a: b\n---\nc: d\n", "x.yaml:2:1: a second document begins, expected one document in a file")]
    [InlineData("a: b: c\n", "x.yaml:1:5: not YAML: while scanning a plain scalar value, found invalid mapping")]
    [InlineData("a:\n  - b\n c: d\n", "x.yaml:3:2: not YAML: while parsing a block mapping, did not find expected key")]
    [InlineData("a: [1, 2\nb: 3\n", "x.yaml:1:6: not YAML: cannot read what follows here")]
    [InlineData("a: b\n\tc: d\n", "x.yaml:2:1: a tab in the indentation")]
    [InlineData("a:\n  b: c\n \t d: e\n", "x.yaml:3:2: a tab in the indentation")]
    [InlineData("a: |\n  x\n\ty\n", "x.yaml:3:1: a tab in the indentation")]
    public void Syntax_errors_have_a_place(string text, string message) =>
        Assert.Equal(message, _folder.Failure(text).Message);

    [Fact]
    public void Values_are_text_as_it_was_written()
    {
        YamlNode.Mapping root = YamlReader.Read("x", "a: 24.10\nb: 'null'\nc: ~\nd:\ne: 0x10\nf: >-\n  two\n  lines\n");

        Assert.Equal(
            ["24.10", "null", "~", "", "0x10", "two lines"],
            root.Entries.Select(entry => ((YamlNode.Scalar)entry.Value).Value));
        Assert.Equal(
            [false, false, true, true, false, false],
            root.Entries.Select(entry => ((YamlNode.Scalar)entry.Value).IsNull));
        Assert.Equal(new YamlMark("x", 6, 4), root.Entries[5].Value.Mark);
    }

    [Fact]
    public void A_byte_order_mark_and_line_ends_of_other_systems_do_no_harm() =>
        Assert.Equal("two", _folder.LoadText("suite: two\r\nversion: 2\r\n").Suite);

    [Fact]
    public void What_is_not_utf8_is_refused()
    {
        byte[] latin1 = [.. "title: M"u8, 0xfc, .. "ller"u8];
        File.WriteAllBytes(Path.Combine(_folder.Path, "x.yaml"), latin1);

        Assert.Equal("x.yaml: not UTF-8 text (byte 8)", _folder.FailureOf("x").Message);
    }

    [Fact]
    public void An_endless_file_is_read_no_further_than_the_limit() => Assert.Contains(
        "file too large",
        Assert.Throws<ProfileException>(() => YamlReader.ReadFile("/dev/zero")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_file_that_cannot_be_read_is_named() => Assert.StartsWith(
        "cannot read profile /proc/self/mem: ",
        Assert.Throws<ProfileException>(() => YamlReader.ReadFile("/proc/self/mem")).Message);

    [Fact]
    public void No_text_brings_anything_but_a_profile_error()
    {
        // Every prefix and every single-character change of a real profile, with a fixed set of awkward
        // characters.
        string text = "extends: _base\nkeys:\n  - {a: 'b', c: [\"d\"]}\nx: |\n  y\n? z\n: &a *b\n";
        for (int index = 0; index < text.Length; index++)
        {
            ReadAny(text[..index]);
            foreach (char character in "\t\n :-?[]{}&*!|>'\"%@`#,\0\u0085\ufeff\ud800")
            {
                ReadAny(text[..index] + character + text[(index + 1)..]);
                ReadAny(text[..index] + character + text[index..]);
            }
        }
    }

    private static void ReadAny(string text)
    {
        try
        {
            YamlReader.Read("x.yaml", text);
        }
        catch (ProfileException exception)
        {
            Assert.Matches("^x.yaml:[1-9][0-9]*:[1-9][0-9]*: ", exception.Message);
        }
    }
}
