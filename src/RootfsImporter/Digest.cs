using System.Security.Cryptography;

namespace RootfsImporter;

/// <summary>
/// A SHA-256 content digest. Its text form is <c>sha256:</c> and 64 lower-case hexadecimal digits
/// (OCI image-spec, descriptor.md, "Digests").
/// </summary>
public readonly record struct Digest
{
    private const string Prefix = "sha256:";
    private static readonly System.Buffers.SearchValues<char> HexDigits =
        System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The 64 lower-case hexadecimal digits.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("an empty Digest was used");

    /// <summary>The digest of bytes in memory.</summary>
    public static Digest Of(ReadOnlySpan<byte> content) => FromBytes(SHA256.HashData(content));

    /// <summary>Wraps 32 hash bytes; throws <see cref="ArgumentException"/> for another length.</summary>
    public static Digest FromBytes(ReadOnlySpan<byte> hash) => hash.Length == SHA256.HashSizeInBytes
        ? new Digest(Convert.ToHexStringLower(hash))
        : throw new ArgumentException($"a SHA-256 has 32 bytes, not {hash.Length}", nameof(hash));

    /// <summary>Reads 64 hexadecimal digits, with or without the <c>sha256:</c> prefix.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        if (text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            text = text[Prefix.Length..];
        }

        if (text.Length != 64 || text.ContainsAnyExcept(HexDigits))
        {
            digest = default;
            return false;
        }

        digest = new Digest(text.ToString().ToLowerInvariant());
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, but throws <see cref="FormatException"/>.</summary>
    public static Digest Parse(ReadOnlySpan<char> text) => TryParse(text, out Digest digest)
        ? digest
        : throw new FormatException($"'{text}' is not a SHA-256 digest");

    /// <summary><c>sha256:</c> and the digits.</summary>
    public override string ToString() => Prefix + Hex;
}
