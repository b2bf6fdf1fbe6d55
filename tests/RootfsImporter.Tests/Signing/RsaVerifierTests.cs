using System.Security.Cryptography;
using RootfsImporter.Profiles;
using RootfsImporter.Signing;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Signing;

public sealed class RsaVerifierTests(RsaKeys keys) : IClassFixture<RsaKeys>, IDisposable
{
    private readonly ApkKey _key = keys.Key;
    private readonly ApkKey _other = keys.Other;
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static ReadOnlySpan<byte> Content => "content"u8;

    private static RsaSignature Sign(ApkKey key, string kind = "RSA256") => new(
        key.Name,
        kind switch
        {
            "RSA256" => HashAlgorithmName.SHA256,
            "RSA512" => HashAlgorithmName.SHA512,
#pragma warning disable CA5350
            _ => HashAlgorithmName.SHA1,
#pragma warning restore CA5350
        },
        key.Sign(Content, kind));

    private static T Refused<T>(IReadOnlyList<RsaSignature> signatures, params PinnedKey[] pins)
        where T : RootfsImporterException =>
        Assert.Throws<T>(() => RsaVerifier.Verify(Content, signatures, "INDEX", pins));

    [Theory]
    [InlineData("RSA")]
    [InlineData("RSA256")]
    [InlineData("RSA512")]
    public void One_signature_by_one_pinned_key_is_enough(string kind)
    {
        RsaVerifier.Verify(Content, [Sign(_key, kind)], "INDEX", [_other.Pin, _key.Pin]);
        RsaVerifier.Verify(Content, [Sign(_other), Sign(_key, kind)], "INDEX", [_key.Pin]);
    }

    [Fact]
    public void A_wrong_signature_does_not_spoil_a_right_one()
    {
        RsaSignature wrong = Sign(_other) with { Value = new byte[256] };
        RsaVerifier.Verify(Content, [wrong, Sign(_key)], "INDEX", [_other.Pin, _key.Pin]);
    }

    [Fact]
    public void An_unsigned_document_is_refused()
    {
        VerificationException e = Refused<VerificationException>([], _key.Pin);
        Assert.Equal("INDEX has no RSA signature", e.Message);
        Assert.NotNull(e.Hint);
    }

    [Fact]
    public void A_key_that_is_not_pinned_is_named()
    {
        VerificationException e = Refused<VerificationException>([Sign(_other)], _key.Pin);
        Assert.Equal(
            "no pinned key's signature on INDEX holds: signed by two.rsa.pub, a key that is not pinned; "
            + $"pinned: {_key.Fingerprint} ({_key.PublicFile})", e.Message);
        Assert.Contains("'keys:'", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_under_a_pinned_name_is_refused()
    {
        RsaSignature signature = Sign(_other) with { KeyName = _key.Name };
        VerificationException e = Refused<VerificationException>([signature], _key.Pin);
        Assert.Equal(
            "the signature on INDEX is wrong: the content does not match the signature by one.rsa.pub", e.Message);
    }

    [Fact]
    public void A_signature_with_another_hash_is_wrong() => Refused<VerificationException>(
        [Sign(_key) with { Algorithm = HashAlgorithmName.SHA512 }], _key.Pin);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(257)]
    [InlineData(100_000)]
    public void A_signature_of_another_length_is_wrong(int length)
    {
        VerificationException e = Refused<VerificationException>(
            [Sign(_key) with { Value = new byte[length] }], _key.Pin);
        Assert.StartsWith("the signature on INDEX is wrong", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_bit_in_content_or_signature_is_found()
    {
        RsaSignature signature = Sign(_key);
        for (int i = 0; i < 256; i++)
        {
            byte[] flipped = signature.Value.ToArray();
            flipped[i] ^= (byte)(1 << (i % 8));
            Refused<VerificationException>([signature with { Value = flipped }], _key.Pin);
        }

        Assert.Throws<VerificationException>(
            () => RsaVerifier.Verify("Content"u8, [signature], "INDEX", [_key.Pin]));
    }

    [Fact]
    public void A_file_that_holds_another_key_than_the_pinned_one_is_refused()
    {
        VerificationException e = Refused<VerificationException>(
            [Sign(_key)], _key.Pin with { Fingerprint = _other.Fingerprint });
        Assert.Equal(
            $"the key file {_key.PublicFile} holds the key {_key.Fingerprint}, but the profile pins {_other.Fingerprint}",
            e.Message);
    }

    [Fact]
    public void Fingerprints_may_be_in_upper_case() => RsaVerifier.Verify(
        Content, [Sign(_key)], "INDEX", [_key.Pin with { Fingerprint = _key.Fingerprint.ToUpperInvariant() }]);

    [Fact]
    public void A_short_key_is_refused()
    {
        using ApkKey weak = new("weak.rsa.pub", bits: 1024);
        VerificationException e = Refused<VerificationException>([Sign(weak)], weak.Pin);
        Assert.Equal(
            $"cannot use the key file {weak.PublicFile}: the key has 1024 bits; from 2048 to 16384 are accepted", e.Message);
    }

    [Fact]
    public void A_key_of_another_kind_is_refused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PinnedKey pin = new(
            "SHA256:" + Convert.ToHexString(SHA256.HashData(key.ExportSubjectPublicKeyInfo())),
            _directory.Write(_key.Name, key.ExportSubjectPublicKeyInfoPem()));
        VerificationException e = Refused<VerificationException>([Sign(_key)], pin);
        Assert.StartsWith($"cannot use the key file {pin.Path}: ", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA")]
    public void A_file_that_holds_no_key_is_refused(string content)
    {
        PinnedKey pin = new(_key.Fingerprint, _directory.Write(_key.Name, content));
        VerificationException e = Refused<VerificationException>([Sign(_key)], pin);
        Assert.Equal(
            $"cannot use the key file {pin.Path}: it does not begin with a PEM block 'PUBLIC KEY'", e.Message);
    }

    [Fact]
    public void A_key_file_that_is_missing_or_too_long_is_refused()
    {
        PinnedKey pin = new(_key.Fingerprint, _directory[_key.Name]);
        Refused<VerificationException>([Sign(_key)], pin);
        _directory.Write(_key.Name, new byte[70_000]);
        Assert.Contains(
            "longer than 65536 bytes", Refused<VerificationException>([Sign(_key)], pin).Message, StringComparison.Ordinal);
    }
}
