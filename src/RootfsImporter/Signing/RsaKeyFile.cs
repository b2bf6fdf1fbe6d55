using System.Security.Cryptography;
using RootfsImporter.Profiles;

namespace RootfsImporter.Signing;

/// <summary>Reads RSA public keys in PEM files (RFC 7468, section 13), as /etc/apk/keys has them.</summary>
internal static class RsaKeyFile
{
    private const int MaxFileBytes = 64 * 1024;
    private const int MinKeyBits = 2048;
    private const int MaxKeyBits = 16384;
    private const string Label = "PUBLIC KEY";
    private const string FingerprintPrefix = "SHA256:";

    /// <summary>
    /// The pinned key, which the caller disposes. Throws <see cref="VerificationException"/> when the file cannot be read,
    /// holds no usable key, or holds another than the one that is pinned.
    /// </summary>
    public static RSA Read(PinnedKey pin)
    {
        try
        {
            byte[] der = ReadDer(pin.Path);
            string found = FingerprintPrefix + Convert.ToHexStringLower(SHA256.HashData(der));
            return found.Equals(pin.Fingerprint, StringComparison.OrdinalIgnoreCase)
                ? Import(der)
                : throw new VerificationException(
                    $"the key file {pin.Path} holds the key {found}, but the profile pins {pin.Fingerprint}",
                    "if the file is the right one, put its fingerprint under the profile's 'keys:'; "
                    + "'openssl pkey -pubin -in FILE -outform DER | sha256sum' shows it");
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            throw new VerificationException(
                $"cannot use the key file {pin.Path}: {e.Message}",
                "for apk, a profile's 'keys:' name files that hold one RSA public key each, as PEM", e);
        }
    }

    private static byte[] ReadDer(string path)
    {
        string text = new FileInfo(path).Length <= MaxFileBytes
            ? File.ReadAllText(path)
            : throw new InvalidDataException($"it is longer than {MaxFileBytes} bytes");
        if (!PemEncoding.TryFind(text, out PemFields fields) || !text.AsSpan()[fields.Label].SequenceEqual(Label))
        {
            throw new InvalidDataException($"it does not begin with a PEM block '{Label}'");
        }

        return Convert.FromBase64String(text[fields.Base64Data]);
    }

    private static RSA Import(byte[] der)
    {
        RSA rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(der, out int read);
            return read != der.Length ? throw new InvalidDataException("something follows the key")
                : rsa.KeySize is >= MinKeyBits and <= MaxKeyBits ? rsa
                : throw new InvalidDataException(
                    $"the key has {rsa.KeySize} bits; from {MinKeyBits} to {MaxKeyBits} are accepted");
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }
}
