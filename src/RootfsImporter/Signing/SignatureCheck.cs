using RootfsImporter.Profiles;

namespace RootfsImporter.Signing;

/// <summary>Decides whether the signatures of a document are enough, and says why when they are not.</summary>
internal static class SignatureCheck
{
    private const int KeyIdLength = 16;

    /// <summary>
    /// Passes when at least one signature by a pinned key is good and none is bad. Throws
    /// <see cref="VerificationException"/> that says who signed, what is wrong with it, and which keys are pinned.
    /// </summary>
    public static void Check(
        IReadOnlyList<SignatureStatus> signatures, string errorOutput, string name, IReadOnlyList<PinnedKey> keys)
    {
        bool isBad = signatures.Any(s => s.Verdict == SignatureVerdict.Bad);
        if (!isBad && signatures.Any(s => s.Verdict == SignatureVerdict.Good && IsPinned(s, keys)))
        {
            return;
        }

        string reasons = signatures.Count > 0
            ? string.Join("; ", signatures.Select(s => Describe(s, keys)))
            : $"it has no signature that gpgv can read ({errorOutput.Trim().ReplaceLineEndings("; ")})";
        throw new VerificationException(
            isBad
                ? $"the signature on {name} is wrong: {reasons}"
                : $"no pinned key's signature on {name} holds: {reasons}; {DescribePins(keys)}",
            isBad
                ? "the document was altered or damaged on its way: name another mirror with --mirror"
                : Hint(signatures, keys));
    }

    /// <summary>Whether a fingerprint is one of the pinned keys.</summary>
    public static bool IsPinned(string? fingerprint, IReadOnlyList<PinnedKey> keys) =>
        fingerprint is not null
        && keys.Any(key => key.Fingerprint.Equals(fingerprint, StringComparison.OrdinalIgnoreCase));

    /// <summary>The pinned keys and their files, for a message.</summary>
    public static string DescribePins(IReadOnlyList<PinnedKey> keys) =>
        "pinned: " + string.Join(", ", keys.Select(key => $"{key.Fingerprint} ({key.Path})"));

    private static bool IsPinned(SignatureStatus signature, IReadOnlyList<PinnedKey> keys) =>
        IsPinned(signature.PrimaryFingerprint, keys) || IsPinned(signature.Fingerprint, keys);

    /// <summary>The pinned key that should have signed but is not in its file.</summary>
    private static PinnedKey? PinFor(SignatureStatus signature, IReadOnlyList<PinnedKey> keys) =>
        signature.Verdict == SignatureVerdict.KeyMissing && signature.KeyId.Length == KeyIdLength
            ? keys.FirstOrDefault(k => k.Fingerprint.EndsWith(signature.KeyId, StringComparison.OrdinalIgnoreCase))
            : null;

    private static string Describe(SignatureStatus signature, IReadOnlyList<PinnedKey> keys)
    {
        string key = signature.Fingerprint ?? signature.KeyId;
        return signature.Verdict switch
        {
            SignatureVerdict.Good => $"signed by {key}, which is not pinned",
            SignatureVerdict.Bad => $"the text does not match the signature by {key}",
            SignatureVerdict.KeyMissing when PinFor(signature, keys) is PinnedKey pin =>
                $"signed by {pin.Fingerprint}, which is pinned but not in {pin.Path}",
            SignatureVerdict.KeyMissing => $"signed by {key}, a key that is not pinned",
            SignatureVerdict.KeyExpired => $"signed by {key}, a key that expired{On(signature)}",
            SignatureVerdict.KeyRevoked => $"signed by {key}, a key that was revoked",
            SignatureVerdict.Expired => $"the signature by {key} expired{On(signature)}",
            SignatureVerdict.WeakDigest => $"signed by {key} with a broken digest algorithm",
            _ => $"the signature by {key} cannot be checked",
        };
    }

    private static string On(SignatureStatus signature) =>
        signature.ExpiredOn is DateOnly day ? $" on {day:yyyy-MM-dd}" : "";

    private static string Hint(IReadOnlyList<SignatureStatus> signatures, IReadOnlyList<PinnedKey> keys)
    {
        bool Any(SignatureVerdict verdict) => signatures.Any(s => s.Verdict == verdict);
        if (Any(SignatureVerdict.KeyExpired) || Any(SignatureVerdict.KeyRevoked) || Any(SignatureVerdict.Expired))
        {
            return "get the archive's current key from the distribution's keyring package, and put its file and "
                + "fingerprint under the profile's 'keys:'";
        }

        if (signatures.Select(s => PinFor(s, keys)).FirstOrDefault(pin => pin is not null) is PinnedKey lacking)
        {
            return $"replace {lacking.Path} with a file that holds the key {lacking.Fingerprint}";
        }

        return Any(SignatureVerdict.KeyMissing) || Any(SignatureVerdict.Good)
            ? "check that the mirror serves this distribution; if the archive has a new key, get it from the "
                + "distribution's keyring package and add its file and fingerprint under the profile's 'keys:'"
            : "name another mirror with --mirror, or check that the profile's 'keys:' are the archive's current ones";
    }
}
