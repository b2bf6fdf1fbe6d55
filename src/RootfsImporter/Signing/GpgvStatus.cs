using System.Globalization;

namespace RootfsImporter.Signing;

/// <summary>What gpgv found about one signature.</summary>
internal enum SignatureVerdict
{
    Good,
    Bad,
    KeyMissing,
    KeyExpired,
    KeyRevoked,
    Expired,
    WeakDigest,
    Unchecked,
}

/// <summary>One signature of a document.</summary>
/// <param name="Verdict">What became of it.</param>
/// <param name="KeyId">The signing key's id, 16 hexadecimal digits.</param>
/// <param name="Fingerprint">The signing key's fingerprint, when the key was there.</param>
/// <param name="PrimaryFingerprint">The fingerprint of the primary key that it belongs to.</param>
/// <param name="ExpiredOn">When the key, or the signature, expired.</param>
internal sealed record SignatureStatus(
    SignatureVerdict Verdict, string KeyId, string? Fingerprint, string? PrimaryFingerprint, DateOnly? ExpiredOn);

/// <summary>
/// Reads the status lines of gpgv (GnuPG, doc/DETAILS, "Format of the --status-fd output"):
/// <code>
/// [GNUPG:] NEWSIG                                   begins each signature
/// [GNUPG:] GOODSIG keyid uid                        or BADSIG, EXPSIG, EXPKEYSIG, REVKEYSIG
/// [GNUPG:] VALIDSIG fpr date time expire version reserved pkalgo hashalgo class primaryfpr
/// [GNUPG:] ERRSIG keyid pkalgo hashalgo class time rc [fpr]
/// [GNUPG:] KEYEXPIRED time                          before EXPKEYSIG
/// </code>
/// VALIDSIG comes after EXPKEYSIG and REVKEYSIG, too: only together with GOODSIG does it mean anything.
/// </summary>
internal static class GpgvStatus
{
    private const string Prefix = "[GNUPG:] ";
    private const string NoPublicKey = "9";

    // RFC 9580, section 9.5: SHA-256, -384, -512, -224, SHA3-256, SHA3-512. MD5, SHA-1 and RIPEMD-160 are broken.
    private static readonly HashSet<string> StrongDigests = ["8", "9", "10", "11", "12", "14"];

    public static IReadOnlyList<SignatureStatus> Parse(string output)
    {
        List<SignatureStatus> signatures = [];
        DateOnly? expiredOn = null;
        foreach (string line in output.Split('\n'))
        {
            if (!line.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            string[] fields = line[Prefix.Length..].Split(' ');
            if (fields[0] == "NEWSIG")
            {
                expiredOn = null;
            }
            else if (fields is ["KEYEXPIRED" or "SIGEXPIRED", string time, ..])
            {
                expiredOn = Day(time);
            }
            else if (fields is ["VALIDSIG", ..] && signatures.Count > 0)
            {
                signatures[^1] = Complete(signatures[^1], fields);
            }
            else if (VerdictOf(fields) is SignatureVerdict verdict)
            {
                signatures.Add(new SignatureStatus(verdict, fields[1], null, null, expiredOn));
            }
        }

        return signatures;
    }

    private static SignatureVerdict? VerdictOf(string[] fields) => fields switch
    {
        // Until its VALIDSIG line names the key and the digest, nothing is known to be good.
        ["GOODSIG", _, ..] => SignatureVerdict.Unchecked,
        ["BADSIG", _, ..] => SignatureVerdict.Bad,
        ["EXPSIG", _, ..] => SignatureVerdict.Expired,
        ["EXPKEYSIG", _, ..] => SignatureVerdict.KeyExpired,
        ["REVKEYSIG", _, ..] => SignatureVerdict.KeyRevoked,
        ["ERRSIG", _, _, _, _, _, NoPublicKey, ..] => SignatureVerdict.KeyMissing,
        ["ERRSIG", _, ..] => SignatureVerdict.Unchecked,
        _ => null,
    };

    private static SignatureStatus Complete(SignatureStatus signature, string[] fields)
    {
        if (fields.Length < 11 || !fields[1].EndsWith(signature.KeyId, StringComparison.Ordinal))
        {
            return signature;
        }

        SignatureVerdict verdict = signature.Verdict != SignatureVerdict.Unchecked ? signature.Verdict
            : StrongDigests.Contains(fields[8]) ? SignatureVerdict.Good
            : SignatureVerdict.WeakDigest;
        return signature with { Verdict = verdict, Fingerprint = fields[1], PrimaryFingerprint = fields[10] };
    }

    // Seconds since 1970, or an ISO 8601 time without separators.
    private static DateOnly? Day(string time) =>
        long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, uint.MaxValue)).UtcDateTime)
            : DateOnly.TryParseExact(
                time[..Math.Min(8, time.Length)], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None,
                out DateOnly day) ? day : null;
}
