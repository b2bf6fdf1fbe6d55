using RootfsImporter.Codecs;
using Compression = RootfsImporter.Codecs.Compression;

namespace RootfsImporter.Tests.Codecs;

public sealed class GzipMembersTests
{
    private static readonly byte[] Member = Samples.Compressed(Compression.Gzip);

    private static byte[] ReadNext(GzipMembers members)
    {
        using MemoryStream content = new();
        members.OpenNext()!.CopyTo(content);
        return content.ToArray();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_500)]
    [InlineData(200_000)]
    public void Tells_where_each_member_ends(int length)
    {
        byte[] noise = Samples.Noise(length, seed: length);
        byte[] first = Samples.Compress(new GzipFrameCompressor(), noise);
        using GzipMembers members = new(new MemoryStream([.. first, .. Member, .. first]));
        Assert.Equal(noise, ReadNext(members));
        Assert.Equal(first.Length, members.Position);
        Assert.Equal(Samples.Text, ReadNext(members));
        Assert.Equal(first.Length + Member.Length, members.Position);
        Assert.Equal(noise, ReadNext(members));
        Assert.Null(members.OpenNext());
        Assert.Equal((2 * first.Length) + Member.Length, members.Position);
    }

    [Fact]
    public void Reads_a_source_that_gives_a_byte_at_a_time()
    {
        using GzipMembers members = new(new TrickleStream([.. Member, .. Member]));
        Assert.Equal(Samples.Text, ReadNext(members));
        Assert.Equal(Member.Length, members.Position);
        Assert.Equal(Samples.Text, ReadNext(members));
        Assert.Null(members.OpenNext());
    }

    [Fact]
    public void A_member_that_is_cut_anywhere_is_refused()
    {
        for (int length = 1; length < Member.Length; length++)
        {
            using GzipMembers members = new(new MemoryStream(Member[..length]));
            InvalidDataException e = Assert.Throws<InvalidDataException>(() => ReadNext(members));
            Assert.Equal($"the gzip data ends too early, after {length} bytes", e.Message);
        }
    }

    [Fact]
    public void What_is_not_gzip_after_a_member_is_refused()
    {
        using GzipMembers members = new(new MemoryStream([.. Member, .. "garbage"u8]));
        ReadNext(members);
        Assert.Throws<InvalidDataException>(() => ReadNext(members));
    }

    [Fact]
    public void A_member_has_to_be_read_before_the_next()
    {
        using GzipMembers members = new(new MemoryStream([.. Member, .. Member]));
        members.OpenNext();
        Assert.Throws<InvalidOperationException>(members.OpenNext);
    }
}
