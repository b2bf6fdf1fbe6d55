using System.Security.Cryptography;
using RootfsImporter.Profiles;

namespace RootfsImporter.Signing;

/// <summary>
/// Verifies RSA signatures against pinned key files alone. A signature names its key by the name of the key's file, so a
/// pinned file has to keep the name that the distribution gave it.
/// </summary>
internal static class RsaVerifier
{
    /// <summary>
    /// Passes when one signature by one pinned key is right; apk asks for no more. Throws
    /// <see cref="VerificationException"/> that says who signed, what is wrong with it and which keys are pinned, and
    /// <see cref="HostException"/> when the host forbids what the signature needs.
    /// </summary>
    /// <param name="content">The signed bytes.</param>
    /// <param name="signatures">The signatures of kinds that are known.</param>
    /// <param name="name">What messages call the document.</param>
    /// <param name="keys">The pinned keys.</param>
    public static void Verify(
        ReadOnlySpan<byte> content, IReadOnlyList<RsaSignature> signatures, string name, IReadOnlyList<PinnedKey> keys)
    {
        if (signatures.Count == 0)
        {
            throw new VerificationException(
                $"{name} has no RSA signature",
                "without one it cannot be used; name another mirror with --mirror");
        }

        bool isAnyPinned = false;
        foreach (RsaSignature signature in signatures)
        {
            foreach (PinnedKey pin in keys.Where(key => Path.GetFileName(key.Path) == signature.KeyName))
            {
                isAnyPinned = true;
                if (IsRight(content, signature, pin, name))
                {
                    return;
                }
            }
        }

        string signers = string.Join(", ", signatures.Select(signature => signature.KeyName).Distinct());
        throw isAnyPinned
            ? new VerificationException(
                $"the signature on {name} is wrong: the content does not match the signature by {signers}",
                "the document was altered or damaged on its way: name another mirror with --mirror")
            : new VerificationException(
                $"no pinned key's signature on {name} holds: signed by {signers}, a key that is not pinned; "
                + SignatureCheck.DescribePins(keys),
                "check that the mirror serves this distribution; if it has a new key, get the file of that name from the "
                + "distribution's package of keys (alpine-keys) and add it, under that name, and its fingerprint under the "
                + "profile's 'keys:'");
    }

    private static bool IsRight(ReadOnlySpan<byte> content, RsaSignature signature, PinnedKey pin, string name)
    {
        using RSA key = RsaKeyFile.Read(pin);
        try
        {
            return key.VerifyData(content, signature.Value.Span, signature.Algorithm, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException e)
        {
            // Some distributions configure OpenSSL to refuse SHA-1 in signatures.
            throw new HostException(
                $"cannot verify the signature of {name}: this host's OpenSSL refuses RSA with "
                + $"{signature.Algorithm}: {e.Message}",
                "allow it in the host's policy for cryptography ('update-crypto-policies --set DEFAULT:SHA1' where there "
                + "is that program), or build on another host", e);
        }
    }
}
