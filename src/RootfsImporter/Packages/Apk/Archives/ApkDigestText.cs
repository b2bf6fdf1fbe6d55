using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// The spellings of one checksum (apk-tools, src/blob.c): <c>Q1</c> and base64, or <c>X1</c> and hexadecimal digits as apk 3
/// has it in the names of scripts; with 2 instead of 1 for a SHA-256.
/// </summary>
internal static class ApkDigestText
{
    private const int MaxLength = 128;

    /// <summary>The spelling as compared: lower-case hexadecimal digits; a text that is none of them stays as it is.</summary>
    public static string Normalize(string text)
    {
        if (text.Length > MaxLength || text.Length < 2)
        {
            return text;
        }

        if (text is ['X', '1' or '2', ..])
        {
            return text[2..].ToLowerInvariant();
        }

        byte[] digest = new byte[MaxLength];
        return text is ['Q', '1' or '2', ..]
            && Base64.DecodeFromUtf8(Encoding.UTF8.GetBytes(text[2..]), digest, out _, out int length) == OperationStatus.Done
            ? Convert.ToHexStringLower(digest, 0, length)
            : text;
    }
}
