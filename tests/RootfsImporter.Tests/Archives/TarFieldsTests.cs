using System.Text;
using RootfsImporter.Archives;

namespace RootfsImporter.Tests.Archives;

public sealed class TarFieldsTests
{
    [Theory]
    [InlineData("0000644\0", 420)]
    [InlineData("   644 \0", 420)]
    [InlineData("77777777", 16_777_215)]
    [InlineData("\0\0\0\0\0\0\0\0", 0)]
    [InlineData("        ", 0)]
    public void Octal_digits_are_read_with_what_is_around_them(string field, long expected) =>
        Assert.Equal(expected, TarFields.Number(Encoding.ASCII.GetBytes(field)));

    [Theory]
    [InlineData("0000648\0")]
    [InlineData("-1\0\0\0\0\0\0")]
    [InlineData("1 1\0\0\0\0\0")]
    [InlineData("0x1f\0\0\0\0")]
    public void What_is_not_octal_is_refused(string field) =>
        Assert.Throws<InvalidDataException>(() => TarFields.Number(Encoding.ASCII.GetBytes(field)));

    [Theory]
    [InlineData("8000000000000001", 1)]
    [InlineData("80000000FFFFFFFF", uint.MaxValue)]
    [InlineData("FFFFFFFFFFFFFFFB", -5)]
    [InlineData("BFFFFFFFFFFFFFFF", (1L << 62) - 1)]
    [InlineData("800000000000000200000000", 1L << 33)]
    [InlineData("800000007FFFFFFFFFFFFFFF", long.MaxValue)]
    [InlineData("FFFFFFFF8000000000000000", long.MinValue)]
    public void Base_256_is_read_with_its_sign(string hex, long expected) =>
        Assert.Equal(expected, TarFields.Number(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("800000008000000000000000")]
    [InlineData("800000010000000000000000")]
    [InlineData("FFFFFFFF7FFFFFFFFFFFFFFF")]
    [InlineData("BFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("C00000000000000000000000")]
    public void Base_256_beyond_64_bits_is_refused(string hex) => Assert.Contains(
        "does not fit into 64 bits",
        Assert.Throws<InvalidDataException>(() => TarFields.Number(Convert.FromHexString(hex))).Message,
        StringComparison.Ordinal);
}
