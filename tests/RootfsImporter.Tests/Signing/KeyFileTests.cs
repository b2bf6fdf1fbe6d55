using RootfsImporter.Signing;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Signing;

public sealed class KeyFileTests(SigningKeys keys) : IClassFixture<SigningKeys>, IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Armoured_and_binary_files_hold_the_same_packets() =>
        Assert.Equal(File.ReadAllBytes(keys.Key.PublicFile), KeyFile.Read(keys.Key.ArmoredFile));

    [Fact]
    public void Several_blocks_are_joined()
    {
        string both = _directory.Write(
            "both.asc", File.ReadAllText(keys.Key.ArmoredFile) + "\n" + File.ReadAllText(keys.Other.ArmoredFile));
        Assert.Equal(
            [.. File.ReadAllBytes(keys.Key.PublicFile), .. File.ReadAllBytes(keys.Other.PublicFile)],
            KeyFile.Read(both));
    }

    [Fact]
    public void A_damaged_block_is_refused()
    {
        string armor = File.ReadAllText(keys.Key.ArmoredFile);
        int position = armor.IndexOf("\n\n", StringComparison.Ordinal) + 20;
        char other = armor[position] == 'A' ? 'B' : 'A';
        Assert.Contains(
            "line 3: the key block's checksum is wrong", Refusal(armor[..position] + other + armor[(position + 1)..]),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it holds no OpenPGP public key")]
    [InlineData("no key at all", "it holds no OpenPGP public key")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n", "line 1: the key block has no end")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nm!\n-----END PGP PUBLIC KEY BLOCK-----",
        "line 3: the key block is not valid base64")]
    public void What_is_no_key_is_refused(string content, string reason) =>
        Assert.EndsWith(reason, Refusal(content), StringComparison.Ordinal);

    private string Refusal(string content)
    {
        string path = _directory.Write("key.asc", content);
        string message = Assert.Throws<VerificationException>(() => KeyFile.Read(path)).Message;
        Assert.StartsWith($"cannot use the key file {path}: ", message, StringComparison.Ordinal);
        return message;
    }
}
