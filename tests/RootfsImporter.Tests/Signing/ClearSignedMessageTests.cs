using System.Text;
using RootfsImporter.Signing;

namespace RootfsImporter.Tests.Signing;

public sealed class ClearSignedMessageTests
{
    private const string Head = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n";
    private const string Tail = "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n";

    private static ClearSignedMessage Parse(string document) => ClearSignedMessage.Parse(Encoding.UTF8.GetBytes(document));

    [Theory]
    [InlineData("a\nb\n", "a\nb")]
    [InlineData("- -----BEGIN\n- - x\n", "-----BEGIN\n- x")]
    [InlineData("a \t\r\n\n", "a\n")]
    [InlineData("ä\n-\n", "ä\n")]
    public void The_text_is_what_was_signed(string body, string expected)
    {
        ClearSignedMessage message = Parse(Head + body + Tail);
        Assert.Equal(expected, Encoding.UTF8.GetString(message.Text));
        Assert.Equal(Tail, Encoding.UTF8.GetString(message.Signature));
    }

    [Theory]
    [InlineData("Origin: Evil\n" + Head + "a\n" + Tail, "line 1: expected '-----BEGIN PGP SIGNED MESSAGE-----'")]
    [InlineData(Head + "a\n" + Tail + "Origin: Evil\n", "line 9: there is more after the signature")]
    [InlineData(Head + "a\n" + Tail + Head + "b\n" + Tail, "line 9: there is more after the signature")]
    [InlineData(Head + "a\n" + Head + "b\n" + Tail, "line 5: a line within the text begins with '-'")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nOrigin: Evil\n\na\n" + Tail,
        "line 2: expected an empty line before the signed text")]
    [InlineData(Head + "a\n", "it has no signature at its end")]
    [InlineData(Head + "a\n-----BEGIN PGP SIGNATURE-----\nabcd\n", "it has no signature at its end")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\n", "it has no signature at its end")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----", "line 2: expected an empty line before the signed text")]
    [InlineData("", "line 1: expected '-----BEGIN PGP SIGNED MESSAGE-----'")]
    public void Whatever_is_not_signed_is_refused(string document, string message) =>
        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => Parse(document)).Message, StringComparison.Ordinal);
}
