using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// What an index says of a package: <c>Q1</c> and the base64 of a SHA-1. apk knows more forms (<c>Q2</c>, <c>X1</c>, and
/// <c>Q1</c> with the rest of a SHA-256 after it), but a package of format v2 is only ever known by this one.
/// </summary>
internal static class ApkChecksum
{
    private const string Prefix = "Q1";

    // 20 bytes are 27 characters of base64 and one of padding.
    private const int Base64Length = 28;

    /// <summary>The 20 bytes of the SHA-1, or false for any other form.</summary>
    public static bool TryParse(string text, out byte[] sha1)
    {
        sha1 = new byte[SHA1.HashSizeInBytes];
        return text.Length == Prefix.Length + Base64Length
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && Base64.DecodeFromUtf8(Encoding.UTF8.GetBytes(text[Prefix.Length..]), sha1, out _, out int written)
                == OperationStatus.Done
            && written == sha1.Length
            // The bits that padding leaves over must be zero: one SHA-1 has one spelling.
            && text == Format(sha1);
    }

    /// <summary>The text of a SHA-1.</summary>
    public static string Format(ReadOnlySpan<byte> sha1) => Prefix + Convert.ToBase64String(sha1);
}
