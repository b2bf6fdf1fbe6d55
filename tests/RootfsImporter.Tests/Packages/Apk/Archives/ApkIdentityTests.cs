using System.Security.Cryptography;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Signing;

namespace RootfsImporter.Tests.Packages.Apk.Archives;

public sealed class ApkIdentityTests(RsaKeys keys) : IClassFixture<RsaKeys>
{
    private ApkBuilder NewBuilder() => new ApkBuilder("hello").File("usr/bin/hello", "hi").Sign(keys.Key);

    private static ApkIdentity IdentityOf(ApkBuilder builder) =>
        new() { Checksum = builder.Checksum, Size = builder.Build().Length };

    private static ValueTask<string?> FindFaultAsync(byte[] file, ApkIdentity identity) =>
        identity.FindFaultAsync(new MemoryStream(file), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_package_is_known_by_its_control_part()
    {
        ApkBuilder builder = NewBuilder();
        byte[] control = builder.BuildParts().Control;
        ApkIdentity identity = IdentityOf(builder);
        string hex = Convert.ToHexStringLower(Sha1(control));
        Assert.Equal($"apk/{hex[..2]}/{hex}", identity.CachePath);
        Assert.Equal("Q1" + Convert.ToBase64String(Sha1(control)), identity.Text);
        Assert.Null(await FindFaultAsync(builder.Build(), identity));
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_behind_the_signatures_is_found()
    {
        ApkBuilder builder = NewBuilder();
        byte[] file = builder.Build();
        int signature = builder.BuildParts().Signature.Length;
        for (int i = signature; i < file.Length; i++)
        {
            byte[] flipped = [.. file];
            flipped[i] ^= (byte)(1 << (i % 8));
            Assert.NotNull(await FindFaultAsync(flipped, IdentityOf(builder)));
        }
    }

    [Fact]
    public async Task Another_control_part_is_named()
    {
        ApkBuilder other = NewBuilder().Field("pkgdesc", "other");
        ApkIdentity identity = new() { Checksum = NewBuilder().Checksum, Size = other.Build().Length };
        Assert.Equal($"found the control part {other.Checksum}", await FindFaultAsync(other.Build(), identity));
    }

    [Fact]
    public async Task Another_data_part_is_named()
    {
        byte[] other = [];
        ApkBuilder builder = NewBuilder().SpoilData(data => other = [.. data, .. data]);
        byte[] data = NewBuilder().BuildParts().Data;
        Assert.Equal(
            $"found the data part {Digest.Of([.. data, .. data])}, but the control part promises {Digest.Of(data).Hex}",
            await FindFaultAsync(builder.Build(), IdentityOf(builder)));
        Assert.NotEmpty(other);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Another_size_is_found_before_anything_is_read(int difference)
    {
        ApkBuilder builder = NewBuilder();
        ApkIdentity identity = IdentityOf(builder);
        Assert.Equal(
            $"found {identity.Size} bytes",
            await FindFaultAsync(builder.Build(), identity with { Size = identity.Size + difference }));
    }

    [Fact]
    public async Task Data_without_a_promise_is_refused()
    {
        ApkBuilder builder = NewBuilder().WithoutDataHash();
        Assert.Equal(
            "found no package of apk v2: .PKGINFO has no datahash",
            await FindFaultAsync(builder.Build(), IdentityOf(builder)));
    }

    [Fact]
    public async Task Two_promises_are_refused()
    {
        ApkBuilder builder = NewBuilder().Field("datahash", new string('0', 64));
        Assert.Equal(
            "found no package of apk v2: .PKGINFO has two of datahash",
            await FindFaultAsync(builder.Build(), IdentityOf(builder)));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("ADBd1234")]
    public async Task What_is_no_package_of_v2_is_said_so(string content)
    {
        byte[] file = System.Text.Encoding.ASCII.GetBytes(content);
        string? fault = await FindFaultAsync(
            file, new ApkIdentity { Checksum = NewBuilder().Checksum, Size = file.Length });
        Assert.StartsWith("found no package of apk v2: it is ", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Q1")]
    [InlineData("Q2p78rd2qmGyS8dzK2Dal7GKM=")]
    [InlineData("Q2p78yvTLG094tHE1+dToJGbmYzQE=")]
    [InlineData("X1a7bf32bd32c6d3de2d1c4d7e753a0919b998cd01")]
    [InlineData("Q1p78yvTLG094tHE1+dToJGbmYzQF=")]
    [InlineData("Q1p78yvTLG094tHE1+dToJGbmYzQEE")]
    [InlineData("Q1p78yvTLG094tHE1+dToJGb Yz\nE=")]
    [InlineData("Q1p78yvTLG094tHE1+dToJGbmYzQE=AAAAAAAAAAAAAAA=")]
    public void Other_checksums_are_refused(string checksum)
    {
        Assert.False(ApkChecksum.TryParse(checksum, out _));
        ApkIdentity identity = new() { Checksum = checksum, Size = 1 };
        Assert.Throws<VerificationException>(() => identity.CachePath);
    }

    [Fact]
    public async Task A_flipped_bit_in_a_package_of_Alpines_is_found()
    {
        if (SharedAlpine.Directory is null)
        {
            TestContext.Current.AddWarning(SharedAlpine.Reason);
            return;
        }

        byte[] file = await File.ReadAllBytesAsync(
            SharedAlpine.File("genuine/alpine-baselayout-3.2.0-r23.apk")!, TestContext.Current.CancellationToken);
        const int Control = 666;
        const int Data = 2229;
        ApkIdentity identity = new() { Checksum = ApkChecksum.Format(Sha1(file[Control..Data])), Size = file.Length };
        Assert.Null(await FindFaultAsync(file, identity));
        foreach (int i in (IEnumerable<int>)[Control, Control + 4, Data - 1, Data, Data + 4, file.Length - 1,
            .. Enumerable.Range(0, 200).Select(n => Control + (n * (file.Length - Control) / 200))])
        {
            byte[] flipped = [.. file];
            flipped[i] ^= (byte)(1 << (i % 8));
            Assert.NotNull(await FindFaultAsync(flipped, identity));
        }
    }

#pragma warning disable CA5350
    private static byte[] Sha1(byte[] content) => SHA1.HashData(content);
#pragma warning restore CA5350
}
