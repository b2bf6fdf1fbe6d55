using System.Buffers.Binary;
using RootfsImporter.Linking;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Linking;

public sealed class LdSoCacheTests
{
    private static byte[] Whole { get; } = LdSoCacheBuilder.Write(
        ("libz.so.1", "/lib/libz.so.1", 0), ("libc.so.6", "/usr/lib/glibc-hwcaps/x86-64-v3/libc.so.6", 1UL << 62),
        ("libc.so.6", "/lib/libc.so.6", 0));

    [Fact]
    public void Takes_the_libraries_that_run_on_every_processor()
    {
        LdSoCache cache = LdSoCache.Parse(Whole, isBigEndian: false);

        Assert.Equal(["/lib/libc.so.6"], cache.Find("libc.so.6"));
        Assert.Equal(["/lib/libz.so.1"], cache.Find("libz.so.1"));
        Assert.Empty(cache.Find("libq.so.1"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Finds_the_new_format_behind_the_old(int oldEntries) => Assert.Equal(
        ["/lib/libz.so.1"],
        LdSoCache.Parse([.. LdSoCacheBuilder.OldPrefix(oldEntries), .. Whole], isBigEndian: false).Find("libz.so.1"));

    [Fact]
    public void Every_truncation_is_refused()
    {
        for (int length = 0; length < Whole.Length; length++)
        {
            byte[] part = Whole[..length];
            Assert.Throws<InvalidDataException>(() => LdSoCache.Parse(part, isBigEndian: false));
        }
    }

    [Fact]
    public void Every_flipped_bit_gives_a_cache_or_a_refusal()
    {
        for (int bit = 0; bit < Whole.Length * 8; bit++)
        {
            byte[] flipped = [.. Whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                LdSoCache.Parse(flipped, isBigEndian: false);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void An_absurd_number_of_libraries_is_refused()
    {
        byte[] wrong = [.. Whole];
        BinaryPrimitives.WriteUInt32LittleEndian(wrong.AsSpan(20), uint.MaxValue);
        Assert.Throws<InvalidDataException>(() => LdSoCache.Parse(wrong, isBigEndian: false));
    }

    [Theory]
    [InlineData("amd64")]
    [InlineData("s390x")]
    public void Reads_what_it_wrote(string architecture)
    {
        byte[] bytes = LdSoCache.Write(
            new Dictionary<string, string> { ["liba.so.1"] = "/a/liba.so.1", ["libb.so.2"] = "/b/libb.so.2" },
            Architecture.Parse(architecture));

        LdSoCache cache = LdSoCache.Parse(bytes, isBigEndian: false);

        Assert.Equal(["/a/liba.so.1"], cache.Find("liba.so.1"));
        Assert.Equal(["/b/libb.so.2"], cache.Find("libb.so.2"));
    }

    [Theory]
    [InlineData("liba.so", "libb.so")]
    [InlineData("libx.so.9", "libx.so.10")]
    [InlineData("libx.so", "libx.so.1")]
    [InlineData("libx-a", "libx1")]
    public void Names_are_ordered_as_the_dynamic_linker_searches_them(string smaller, string larger)
    {
        Assert.True(LdSoCache.CompareNames(smaller, larger) < 0);
        Assert.True(LdSoCache.CompareNames(larger, smaller) > 0);
        Assert.Equal(0, LdSoCache.CompareNames(larger, larger));
    }
}
