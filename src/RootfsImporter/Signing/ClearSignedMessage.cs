using System.Text;

namespace RootfsImporter.Signing;

/// <summary>A document in OpenPGP's Cleartext Signature Framework (RFC 9580, section 7): an InRelease file.</summary>
/// <param name="Text">
/// The text as it was signed: dash escapes undone, white space at line ends gone, lines ended by line feeds, the last
/// line's own line end (which is not signed) left out. This, and nothing else of the document, may be parsed.
/// </param>
/// <param name="Signature">The ASCII-armoured signature, which as a detached one signs exactly Text.</param>
/// <remarks>
/// <code>
/// -----BEGIN PGP SIGNED MESSAGE-----
/// Hash: SHA512                          (no header but Hash)
///
/// text; a line that begins with "-" is written "- -..."
/// -----BEGIN PGP SIGNATURE-----
/// ...
/// -----END PGP SIGNATURE-----           (nothing but white space after it)
/// </code>
/// Anything before, between or after is refused, so that no reader can take unsigned lines for signed ones.
/// </remarks>
internal sealed record ClearSignedMessage(byte[] Text, byte[] Signature)
{
    private const string BeginMessage = "-----BEGIN PGP SIGNED MESSAGE-----";
    private const string BeginSignature = "-----BEGIN PGP SIGNATURE-----";
    private const string EndSignature = "-----END PGP SIGNATURE-----";

    /// <summary>Takes a document apart. Throws <see cref="InvalidDataException"/> that names the line.</summary>
    public static ClearSignedMessage Parse(byte[] document)
    {
        // Latin-1 keeps every byte as it is.
        string[] lines = Encoding.Latin1.GetString(document).Split('\n');
        Expect(lines, 0, BeginMessage);
        int line = 1;
        while (line < lines.Length && lines[line].StartsWith("Hash: ", StringComparison.Ordinal))
        {
            line++;
        }

        Expect(lines, line, "");
        int signature = Array.FindIndex(lines, line, l => Trim(l) == BeginSignature);
        int end = signature < 0 ? -1 : Array.FindIndex(lines, signature, l => Trim(l) == EndSignature);
        if (end < 0)
        {
            throw new InvalidDataException("it has no signature at its end");
        }

        int trailing = Array.FindIndex(lines, end + 1, l => Trim(l).Length > 0);
        if (trailing >= 0)
        {
            throw new InvalidDataException($"line {trailing + 1}: there is more after the signature");
        }

        IEnumerable<string> text = Enumerable.Range(line + 1, signature - line - 1).Select(i => Unescape(lines, i));
        return new ClearSignedMessage(
            Encoding.Latin1.GetBytes(string.Join('\n', text)),
            Encoding.Latin1.GetBytes(string.Join('\n', lines[signature..(end + 1)]) + "\n"));
    }

    private static void Expect(string[] lines, int index, string expected)
    {
        if (index >= lines.Length || Trim(lines[index]) != expected)
        {
            throw new InvalidDataException(
                expected.Length > 0
                    ? $"line {index + 1}: expected '{expected}'"
                    : $"line {index + 1}: expected an empty line before the signed text");
        }
    }

    private static string Unescape(string[] lines, int index) => Trim(lines[index]) switch
    {
        ['-', ' ', .. string rest] => rest,
        // "- " of which the space was cut as trailing white space: an escaped empty line.
        "-" => "",
        ['-', ..] => throw new InvalidDataException($"line {index + 1}: a line within the text begins with '-'"),
        string text => text,
    };

    private static string Trim(string line) => line.TrimEnd(' ', '\t', '\r');
}
