using System.Security.Cryptography;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Signing;

namespace RootfsImporter.Tests.Packages.Apk.Repositories;

public sealed class ApkRepositoryReaderTests(RsaKeys keys) : IClassFixture<RsaKeys>, IDisposable
{
    private const string Index = "v3/main/x86_64/APKINDEX.tar.gz";

    private readonly ApkKey _key = keys.Key;
    private readonly ApkKey _other = keys.Other;
    private readonly TempDirectory _cache = new();
    private readonly StaticServer _first = new();
    private readonly StaticServer _second = new();
    private readonly RecordedEvents _events = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ApkSuite Suite => new("v3/main") { Packages = [new ApkBuilder("hello").File("hello", "hi")] };

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _cache.Dispose();
    }

    private Repository NewRepository(params Uri[] mirrors) => new()
    {
        Pocket = new Pocket { Name = "main", Suite = "v3/main" },
        Components = [],
        Mirrors = mirrors,
        CanonicalMirror = new Uri("http://canonical.example/"),
        Keys = [_key.Pin],
    };

    private async Task<ApkIndex> ReadAsync(bool hasSecond = false, string architecture = "amd64")
    {
        using Downloader downloader = new(
            new DownloadOptions { CacheDirectory = _cache.FullPath, RetryDelays = [] }, _events);
        return await new ApkRepositoryReader(_events).ReadAsync(
            NewRepository(hasSecond ? [_first.Address, _second.Address] : [_first.Address]),
            Architecture.Parse(architecture), downloader, Cancel);
    }

    private ApkIndex Verify(byte[] file) =>
        ApkRepositoryReader.Verify(file, NewRepository(_first.Address), Architecture.Parse("amd64"), "INDEX");

    private string Refused(byte[] file) => Assert.Throws<VerificationException>(() => Verify(file)).Message;

    private byte[] Signed(byte[] content, ApkKey? key = null) => [.. (key ?? _key).SignatureMember(content), .. content];

    [Theory]
    [InlineData("RSA")]
    [InlineData("RSA256")]
    [InlineData("RSA512")]
    public async Task Reads_a_signed_index(string kind)
    {
        new ApkArchiveBuilder(_key).Add(Suite with { SignatureKind = kind }).AddTo(_first);
        ApkIndex index = await ReadAsync();
        Assert.Equal(Digest.Of(index.File.Span), index.SignedBy);
        Assert.Equal(1_710_000_000, index.Published);
        ApkPackage package = Assert.Single(ApkIndexParser.Parse(index));
        Assert.Equal("v3/main/x86_64/hello-1.0-r0.apk", package.Path);
        Assert.Equal([Index], _first.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task An_index_without_a_date_is_as_old_as_its_newest_package()
    {
        ApkBuilder newest = new("new") { BuildTime = 1_720_000_000 };
        new ApkArchiveBuilder(_key).Add(Suite with { Time = 0, Packages = [new("old"), newest, new("odd")] }).AddTo(_first);
        Assert.Equal(1_720_000_000, (await ReadAsync()).Published);
        new ApkArchiveBuilder(_key).Add(Suite with { Time = 0, Packages = [] }).AddTo(_first);
        Assert.Equal(0, (await ReadAsync()).Published);
    }

    [Fact]
    public async Task A_missing_index_is_a_fetch_error()
    {
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => ReadAsync());
        Assert.Equal($"{_first.Address}{Index} does not exist", e.Message);
        Assert.Equal("check that the mirror has v3/main for x86_64, or name another one with --mirror", e.Hint);
    }

    [Fact]
    public async Task A_mirror_whose_index_does_not_verify_is_skipped_with_a_warning()
    {
        _first.Add(Index, "<html>");
        new ApkArchiveBuilder(_key).Add(Suite).AddTo(_second);
        await ReadAsync(hasSecond: true);
        Assert.Equal(
            $"skipping the mirror {_first.Address}: {_first.Address}{Index} is not an index of apk v2: "
            + "it is not gzip data, as files of apk v2 are", Assert.Single(_events.Warnings));
    }

    [Fact]
    public async Task When_no_mirror_verifies_the_first_ones_error_is_thrown()
    {
        new ApkArchiveBuilder(_other).Add(Suite).AddTo(_second);
        VerificationException e = await Assert.ThrowsAsync<VerificationException>(() => ReadAsync(hasSecond: true));
        Assert.StartsWith(
            $"no pinned key's signature on {_second.Address}{Index} holds: signed by two.rsa.pub", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_of_v3_is_named_with_a_remedy()
    {
        VerificationException e = Assert.Throws<VerificationException>(() => Verify([.. "ADBdxxxx"u8]));
        Assert.Equal("INDEX is not an index of apk v2: it is of apk v3's format (ADB); only v2 can be read", e.Message);
        Assert.StartsWith("use a repository that publishes v2 files", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unsigned_index_is_refused() => Assert.Equal("INDEX has no RSA signature", Refused(Suite.Content()));

    [Fact]
    public void Unknown_kinds_of_signatures_are_passed_over()
    {
        byte[] content = Suite.Content();
        byte[] strange = ApkKey.SignatureMember($".SIGN.DSA.{_key.Name}", _key.Sign(content));
        Assert.Equal("INDEX has no RSA signature", Refused([.. strange, .. content]));
        Verify([.. strange, .. Signed(content)]);
    }

    [Fact]
    public void A_signature_over_something_else_is_refused()
    {
        byte[] content = Suite.Content();
        byte[] other = (Suite with { Description = "other" }).Content();
        string expected = "the signature on INDEX is wrong: the content does not match the signature by " + _key.Name;
        Assert.Equal(expected, Refused([.. _key.SignatureMember(other), .. content]));
        // Neither does it cover a signature that is put after it.
        Assert.Equal(expected, Refused([.. _key.SignatureMember(content), .. content, 0]));
        Assert.Equal(expected, Refused([.. _key.SignatureMember([.. content, .. other]), .. content]));
        Assert.Equal(expected, Refused([.. _key.SignatureMember(content), .. content, .. other]));
    }

    [Fact]
    public void What_is_signed_but_no_index_is_refused()
    {
        byte[] content = Suite.Content();
        Assert.Equal(
            "INDEX is not an index of apk v2: it holds no APKINDEX",
            Refused(Signed(SystemCompressor.Compress(new TarBytes().ToArray(), ".gz"))));
        Assert.Equal("INDEX is not an index of apk v2: it holds nothing but signatures", Refused(Signed([])));
        // Whoever has the key may sign two parts: but which is the index?
        ApkIndex index = Verify(Signed([.. content, .. content]));
        Assert.Contains(
            "something follows the index",
            Assert.Throws<PackageFormatException>(() => ApkIndexParser.Parse(index)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_is_cut_anywhere_is_refused()
    {
        byte[] file = Signed(Suite.Content());
        for (int length = 0; length < file.Length; length++)
        {
            Refused(file[..length]);
        }
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_found() => CheckFlips(
        Signed(Suite.Content()), 1, file => ApkRepositoryReader.Verify(
            file, NewRepository(_first.Address), Architecture.Parse("amd64"), "INDEX"));

    [Theory]
    [InlineData("APKINDEX-v3.16-main-x86_64.tar.gz", "6165ee59", "amd64", 1_600_000_000)]
    [InlineData("APKINDEX-v3.17-main-aarch64.tar.gz", "616ae350", "arm64", 1_600_000_000)]
    public void Alpines_own_indexes_verify_and_no_flipped_bit_is_overlooked(
        string name, string keyId, string architecture, long oldest)
    {
        if (SharedAlpine.Directory is null)
        {
            TestContext.Current.AddWarning(SharedAlpine.Reason);
            return;
        }

        string keyFile = SharedAlpine.File($"genuine/alpine-devel@lists.alpinelinux.org-{keyId}.rsa.pub")!;
        using RSA rsa = RSA.Create();
        rsa.ImportFromPem(File.ReadAllText(keyFile));
        Repository repository = NewRepository(_first.Address) with
        {
            Keys = [new PinnedKey("SHA256:" + Convert.ToHexString(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo())), keyFile)],
        };
        byte[] file = File.ReadAllBytes(SharedAlpine.File("genuine/" + name)!);
        ApkIndex Verify(byte[] bytes) =>
            ApkRepositoryReader.Verify(bytes, repository, Architecture.Parse(architecture), "INDEX");

        ApkIndex index = Verify(file);
        Assert.True(index.Published > oldest);
        Assert.True(ApkIndexParser.Parse(index).Count > 4000);
        Assert.All(ApkIndexParser.Parse(index), package => Assert.Null(package.Uninstallable));
        CheckFlips(file, file.Length / 200, Verify);
    }

    /// <summary>
    /// Flips a bit every few bytes, and all around where the signed part begins. Before that are bits that mean nothing:
    /// when the signature was compressed, and what is left over of its last byte. Only such a flip may stay, so the
    /// signature must be the same.
    /// </summary>
    private static void CheckFlips(byte[] file, int step, Func<byte[], ApkIndex> verify)
    {
        ApkSignatures original = ApkIndexFile.ReadSignatures(file);
        int start = (int)original.SignedStart;
        int refused = 0;
        foreach (int i in (IEnumerable<int>)[
            .. Enumerable.Range(0, file.Length / step).Select(n => n * step),
            .. Enumerable.Range(0, 20), .. Enumerable.Range(start - 20, 40), .. Enumerable.Range(file.Length - 20, 20)])
        {
            byte[] flipped = [.. file];
            flipped[i] ^= (byte)(1 << (i * 5 % 8));
            try
            {
                verify(flipped);
                Assert.True(i < start, $"the flip at {i} was overlooked");
                ApkSignatures read = ApkIndexFile.ReadSignatures(flipped);
                Assert.Equal(start, read.SignedStart);
                Assert.Equal(original.All.Single().Value.ToArray(), read.All.Single().Value.ToArray());
            }
            catch (VerificationException)
            {
                refused++;
            }
        }

        Assert.True(refused > file.Length / step);
    }
}
