using System.Text;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Tests.Sandbox;

/// <summary>The end of one command's output in a stream that goes on.</summary>
public sealed class CommandOutputTests
{
    private const string Token = "00ab00ac";

    [Theory]
    [InlineData("", "0", "")]
    [InlineData("a line\n", "137", "a line\n")]
    [InlineData("no line break", "1", "no line break")]
    [InlineData("00ab00ab00ab00 00ab00\n00ab00", "7", "00ab00ab00ab00 00ab00\n00ab00")]
    public void The_end_is_found_however_the_bytes_are_cut(string output, string code, string expected)
    {
        byte[] all = Encoding.ASCII.GetBytes($"{output}{Token} {code}\n");
        for (int size = 1; size <= all.Length; size++)
        {
            List<string> lines = [];
            CommandOutput reader = new(Token, lines.Add);
            SandboxResult? result = null;
            for (int at = 0; at < all.Length; at += size)
            {
                Assert.Null(result);
                result = reader.Append(all.AsSpan(at, Math.Min(size, all.Length - at)));
            }

            Assert.Equal(
                new SandboxResult(int.Parse(code, System.Globalization.CultureInfo.InvariantCulture), expected), result);
            Assert.Equal(expected.Split('\n', StringSplitOptions.RemoveEmptyEntries), lines);
        }
    }

    [Fact]
    public void A_line_is_handed_out_as_soon_as_it_cannot_be_the_end()
    {
        List<string> lines = [];
        CommandOutput reader = new(Token, lines.Add);
        Assert.Null(reader.Append("started\n00ab"u8));
        Assert.Equal(["started"], lines);
        Assert.Null(reader.Append("\n"u8));
        Assert.Equal(["started", "00ab"], lines);
    }

    [Theory]
    [InlineData("00ab00ac x\n")]
    [InlineData("00ab00ac\n")]
    [InlineData("00ab00ac 123456\n")]
    public void An_end_without_an_exit_code_is_refused(string text) => Assert.Throws<InvalidDataException>(
        () => new CommandOutput(Token, _ => { }).Append(Encoding.ASCII.GetBytes(text)));
}
