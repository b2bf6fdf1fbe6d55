using System.Buffers.Text;
using System.Text;

namespace RootfsImporter.Signing;

/// <summary>
/// Reads OpenPGP key files, binary or ASCII-armoured (RFC 9580, section 6), into the binary form that a keyring is
/// made of.
/// </summary>
internal static class KeyFile
{
    private const int MaxKeyFileBytes = 1 << 20;
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string End = "-----END PGP PUBLIC KEY BLOCK-----";

    /// <summary>
    /// The packets of a key file. Throws <see cref="VerificationException"/> when it cannot be read or holds no keys.
    /// </summary>
    public static byte[] Read(string path)
    {
        byte[] content;
        try
        {
            content = new FileInfo(path).Length <= MaxKeyFileBytes
                ? File.ReadAllBytes(path)
                : throw new InvalidDataException($"it is longer than {MaxKeyFileBytes} bytes");
            // Every OpenPGP packet begins with a byte whose highest bit is set (RFC 9580, section 4.2).
            return content is [>= 0x80, ..] ? content : Dearmor(Encoding.Latin1.GetString(content));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new VerificationException(
                $"cannot use the key file {path}: {e.Message}",
                "a profile's 'keys:' name files that hold OpenPGP public keys, binary or ASCII-armoured", e);
        }
    }

    private static byte[] Dearmor(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.TrimEntries);
        List<byte> packets = [];
        int next = 0;
        int begin;
        while ((begin = Array.IndexOf(lines, Begin, next)) >= 0)
        {
            int body = Array.IndexOf(lines, "", begin) + 1;
            int end = Array.IndexOf(lines, End, begin);
            if (body == 0 || end < body)
            {
                throw new InvalidDataException($"line {begin + 1}: the key block has no end");
            }

            packets.AddRange(DecodeBlock(lines.AsSpan(body..end), body + 1));
            next = end;
        }

        return packets.Count > 0 ? [.. packets] : throw new InvalidDataException("it holds no OpenPGP public key");
    }

    /// <summary>The base64 lines of one block; the last may be <c>=</c> and the CRC-24 of the content.</summary>
    private static byte[] DecodeBlock(ReadOnlySpan<string> lines, int lineNumber)
    {
        string? checksum = null;
        if (lines is [.., ['=', .. { Length: 4 } crc]])
        {
            checksum = crc;
            lines = lines[..^1];
        }

        string base64 = string.Concat(lines);
        if (!Base64.IsValid(base64) || (checksum is not null && !Base64.IsValid(checksum)))
        {
            throw new InvalidDataException($"line {lineNumber}: the key block is not valid base64");
        }

        byte[] packets = Convert.FromBase64String(base64);
        return checksum is null || Crc24(packets).SequenceEqual(Convert.FromBase64String(checksum))
            ? packets
            : throw new InvalidDataException($"line {lineNumber}: the key block's checksum is wrong");
    }

    /// <summary>RFC 9580, section 6.1.</summary>
    private static byte[] Crc24(ReadOnlySpan<byte> bytes)
    {
        const uint Init = 0xB704CE;
        const uint Generator = 0x864CFB;
        uint crc = Init;
        foreach (byte b in bytes)
        {
            crc ^= (uint)b << 16;
            for (int i = 0; i < 8; i++)
            {
                crc <<= 1;
                crc = (crc & 0x1000000) == 0 ? crc : crc ^ (Generator | 0x1000000);
            }
        }

        return [(byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
    }
}
