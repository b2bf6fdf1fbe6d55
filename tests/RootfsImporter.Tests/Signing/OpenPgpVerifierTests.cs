using System.Text;
using RootfsImporter.Linux;
using RootfsImporter.Profiles;
using RootfsImporter.Signing;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Signing;

public sealed class OpenPgpVerifierTests(SigningKeys keys) : IClassFixture<SigningKeys>
{
    private const string Text = "Origin: Example\n- a dash\n\ntrailing blanks  \t\nend\n";
    private const string SignedText = "Origin: Example\n- a dash\n\ntrailing blanks\nend";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<byte[]> VerifyAsync(byte[] document, params PinnedKey[] pins) =>
        new OpenPgpVerifier().VerifyClearSignedAsync(document, "InRelease", pins, Cancel);

    private static async Task<VerificationException> RefusesAsync(byte[] document, params PinnedKey[] pins) =>
        await Assert.ThrowsAsync<VerificationException>(() => VerifyAsync(document, pins));

    [Fact]
    public async Task Returns_exactly_the_signed_text()
    {
        byte[] signed = await keys.Key.ClearSignAsync(Text, Cancel);
        Assert.Equal(SignedText, Encoding.UTF8.GetString(await VerifyAsync(signed, keys.Key.Pin)));
    }

    [Fact]
    public async Task Takes_binary_key_files_and_one_of_several_pins()
    {
        byte[] signed = await keys.Key.ClearSignAsync(Text, Cancel);
        PinnedKey binary = new(keys.Key.Fingerprint.ToLowerInvariant(), keys.Key.PublicFile);
        await VerifyAsync(signed, keys.Other.Pin, binary);
    }

    [Fact]
    public async Task Verifies_detached_signatures_over_every_byte()
    {
        byte[] signature = await keys.Key.DetachSignAsync(Text, Cancel);
        OpenPgpVerifier verifier = new();
        await verifier.VerifyDetachedAsync(Encoding.UTF8.GetBytes(Text), signature, "Release", [keys.Key.Pin], Cancel);
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => verifier.VerifyDetachedAsync(
            Encoding.UTF8.GetBytes(Text + "\n"), signature, "Release", [keys.Key.Pin], Cancel));
        Assert.StartsWith("the signature on Release is wrong: the text does not match", e.Message, StringComparison.Ordinal);
        Assert.Equal("the document was altered or damaged on its way: name another mirror with --mirror", e.Hint);
    }

    [Fact]
    public async Task An_altered_text_is_refused()
    {
        string signed = Encoding.UTF8.GetString(await keys.Key.ClearSignAsync(Text, Cancel));
        byte[] altered = Encoding.UTF8.GetBytes(signed.Replace("Example", "Eximple", StringComparison.Ordinal));
        VerificationException e = await RefusesAsync(altered, keys.Key.Pin);
        Assert.Equal(
            "the signature on InRelease is wrong: the text does not match the signature by "
            + keys.Key.Fingerprint[^16..],
            e.Message);
    }

    [Fact]
    public async Task Another_signer_is_named_with_the_pins_and_what_to_do()
    {
        VerificationException e =
            await RefusesAsync(await keys.Other.ClearSignAsync(Text, Cancel), keys.Key.Pin);
        Assert.Equal(
            $"no pinned key's signature on InRelease holds: signed by {keys.Other.Fingerprint[^16..]}, a key that is "
            + $"not pinned; pinned: {keys.Key.Fingerprint} ({keys.Key.ArmoredFile})",
            e.Message);
        Assert.Equal(
            "check that the mirror serves this distribution; if the archive has a new key, get it from the "
            + "distribution's keyring package and add its file and fingerprint under the profile's 'keys:'",
            e.Hint);
    }

    [Fact]
    public async Task A_key_that_is_in_a_pinned_file_but_not_pinned_does_not_count()
    {
        PinnedKey pin = new(keys.Key.Fingerprint, keys.Other.ArmoredFile);
        VerificationException e = await RefusesAsync(await keys.Other.ClearSignAsync(Text, Cancel), pin);
        Assert.Contains($"signed by {keys.Other.Fingerprint}, which is not pinned", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_file_without_the_pinned_key_is_named()
    {
        PinnedKey pin = new(keys.Key.Fingerprint, keys.Other.ArmoredFile);
        VerificationException e = await RefusesAsync(await keys.Key.ClearSignAsync(Text, Cancel), pin);
        Assert.Contains(
            $"signed by {keys.Key.Fingerprint}, which is pinned but not in {keys.Other.ArmoredFile}", e.Message,
            StringComparison.Ordinal);
        Assert.Equal(
            $"replace {keys.Other.ArmoredFile} with a file that holds the key {keys.Key.Fingerprint}", e.Hint);
    }

    [Fact]
    public async Task An_expired_key_says_when_and_what_to_do()
    {
        await using OpenPgpKey expired = await OpenPgpKey.CreateExpiredAsync(new DateOnly(2021, 5, 6), Cancel);
        VerificationException e = await RefusesAsync(await expired.ClearSignAsync(Text, Cancel), expired.Pin);
        Assert.Contains(
            $"signed by {expired.Fingerprint}, a key that expired on 2021-05-06; pinned: ", e.Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "get the archive's current key from the distribution's keyring package, and put its file and fingerprint "
            + "under the profile's 'keys:'",
            e.Hint);
    }

    [Fact]
    public async Task A_revoked_key_is_refused()
    {
        await using OpenPgpKey revoked = await OpenPgpKey.CreateAsync(Cancel);
        byte[] signed = await revoked.ClearSignAsync(Text, Cancel);
        await revoked.RevokeAsync(Cancel);
        VerificationException e = await RefusesAsync(signed, revoked.Pin);
        Assert.Contains(
            $"signed by {revoked.Fingerprint}, a key that was revoked", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_digest_is_refused()
    {
        VerificationException e =
            await RefusesAsync(await keys.Key.ClearSignWithSha1Async(Text, Cancel), keys.Key.Pin);
        Assert.Contains(
            $"signed by {keys.Key.Fingerprint} with a broken digest algorithm", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_key_file_is_named()
    {
        VerificationException e = await RefusesAsync(
            await keys.Key.ClearSignAsync(Text, Cancel), new PinnedKey(keys.Key.Fingerprint, "/no/such/key.asc"));
        Assert.StartsWith("cannot use the key file /no/such/key.asc: ", e.Message, StringComparison.Ordinal);
        Assert.Equal(
            "a profile's 'keys:' name files that hold OpenPGP public keys, binary or ASCII-armoured", e.Hint);
    }

    [Fact]
    public async Task A_login_page_is_not_a_signed_document()
    {
        VerificationException e = await RefusesAsync("<html>Welcome</html>"u8.ToArray(), keys.Key.Pin);
        Assert.Equal(
            "InRelease is not a clear-signed document: line 1: expected '-----BEGIN PGP SIGNED MESSAGE-----'", e.Message);
        Assert.Equal(
            "a proxy or a login page may have answered instead of the mirror; name another one with --mirror", e.Hint);
    }

    [Fact]
    public async Task A_signature_that_is_none_says_what_gpgv_says()
    {
        byte[] document = Encoding.ASCII.GetBytes(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\ntext\n-----BEGIN PGP SIGNATURE-----\n\nAAAA\n"
            + "-----END PGP SIGNATURE-----\n");
        VerificationException e = await RefusesAsync(document, keys.Key.Pin);
        Assert.StartsWith(
            "no pinned key's signature on InRelease holds: it has no signature that gpgv can read (", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_verifier_on_the_host_the_hint_names_the_package()
    {
        using TempDirectory empty = new();
        byte[] signed = await keys.Key.ClearSignAsync(Text, Cancel);
        HostException e = await Assert.ThrowsAsync<HostException>(() =>
            new OpenPgpVerifier(empty.FullPath).VerifyClearSignedAsync(signed, "InRelease", [keys.Key.Pin], Cancel));
        Assert.Equal("cannot verify the signature of InRelease: there is neither gpgv nor sqv on this host", e.Message);
        Assert.Equal("install the package gpgv", e.Hint);
    }

    [Fact]
    public async Task Uses_sqv_where_there_is_no_gpgv()
    {
        string? sqv = ChildProcess.Find("sqv", ChildProcess.SystemPath);
        Assert.SkipWhen(sqv is null, "sqv is not installed");
        using TempDirectory directory = new();
        File.CreateSymbolicLink(directory["sqv"], sqv!);
        OpenPgpVerifier verifier = new(directory.FullPath);
        byte[] signed = await keys.Key.ClearSignAsync(Text, Cancel);
        Assert.Equal(
            SignedText,
            Encoding.UTF8.GetString(
                await verifier.VerifyClearSignedAsync(signed, "InRelease", [keys.Key.Pin], Cancel)));
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(
            () => verifier.VerifyClearSignedAsync(signed, "InRelease", [keys.Other.Pin], Cancel));
        Assert.StartsWith("no pinned key's signature on InRelease holds: ", e.Message, StringComparison.Ordinal);
    }
}
