using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Tests.Packages.Apk.Control;

public sealed class ApkVersionTests
{
    // Each one is older than the next.
    private static readonly string[] Ladder =
    [
        "0", "0.0.16", "0.01", "0.1", "0.9", "0.10", "1_alpha_pre2", "1_alpha", "1_alpha-r0", "1_alpha1", "1_alpha2",
        "1_alpha10", "1_beta", "1_pre20191002222144", "1_pre20210530193627", "1_rc_rc", "1_rc", "1_rc1_alpha", "1_rc1",
        "1_rc_p", "1", "1-r0", "1-r1", "1-r10", "1~0a", "1~0a-r1", "1~0b", "1_cvs", "1_svn", "1_git", "1_git20240101", "1_hg",
        "1_p_alpha", "1_p", "1_p-r1", "1_p0", "1_p9", "1_p10", "1_p_p", "1a", "1a-r1", "1a_p1", "1b", "1b2", "1b10",
        "1.00", "1.0", "1.02", "1.010", "1.1", "1.1.1", "1.2", "1.10", "2", "006", "013", "20050405",
    ];

    [Fact]
    public void The_ladder_of_versions_is_in_order()
    {
        for (int i = 0; i < Ladder.Length; i++)
        {
            for (int j = 0; j < Ladder.Length; j++)
            {
                int order = Math.Sign(ApkVersion.Parse(Ladder[i]).CompareTo(ApkVersion.Parse(Ladder[j])));
                Assert.True(order == Math.Sign(i - j), $"{Ladder[i]} and {Ladder[j]} compare as {order}");
            }
        }
    }

    [Theory]
    [InlineData("2.34", ">", "0.1.0_alpha")]
    [InlineData("0.1.0_alpha", "=", "0.1.0_alpha")]
    [InlineData("1.1", ">", "1.1_alpha1")]
    [InlineData("0.9.28.1", "<", "087-r1")]
    [InlineData("2.3.0b-r1", "<", "2.3.0b-r2")]
    [InlineData("1.06-r6", "<", "006")]
    [InlineData("4.2.52_p2-r1", "<", "4.2.52_p4-r2")]
    [InlineData("1.02.07", "<", "1.02.10-r1")]
    [InlineData("2.01.01_alpha10", ">", "0.94")]
    [InlineData("1.2.12.04", "<", "1.2.12.05")]
    [InlineData("1.07.5", ">", "1.07")]
    [InlineData("7.0.17", "<", "7.0.174")]
    [InlineData("1.3-r0", "<", "1.3.1-r0")]
    [InlineData("0.1.0_alpha_pre2", "<", "0.1.0_alpha")]
    [InlineData("1.0.0_pre20191002222144-r0", "<", "1.0.0_pre20210530193627-r0")]
    [InlineData("99999999999999999999999998", "<", "99999999999999999999999999")]
    [InlineData("01", "=", "1")]
    [InlineData("1-r01", "=", "1-r1")]
    [InlineData("1_p01", "=", "1_p1")]
    [InlineData("6.8.0p2-r4", ">", "6.8.0p1-r9")]
    [InlineData("5.3.0_", "=", "5.3.0")]
    [InlineData("v2.4", "<", "v2.10")]
    public void Versions_are_ordered_as_apk_orders_them(string left, string order, string right)
    {
        int expected = order switch { "<" => -1, ">" => 1, _ => 0 };
        Assert.Equal(expected, Math.Sign(ApkVersion.Parse(left).CompareTo(ApkVersion.Parse(right))));
        Assert.Equal(-expected, Math.Sign(ApkVersion.Parse(right).CompareTo(ApkVersion.Parse(left))));
    }

    [Theory]
    [InlineData("1.2", "1.2", 0)]
    [InlineData("1.2.7-r3", "1.2", 0)]
    [InlineData("1.2-r3", "1.2", 0)]
    [InlineData("1.2_rc1", "1.2", 0)]
    [InlineData("1.20", "1.2", 1)]
    [InlineData("1.3", "1.2", 1)]
    [InlineData("1.1.9", "1.2", -1)]
    [InlineData("1.2.3-r10", "1.2.3-r1", 1)]
    public void A_fuzzy_comparison_takes_what_begins_alike_for_equal(string version, string prefix, int expected) =>
        Assert.Equal(expected, Math.Sign(ApkVersion.Parse(version).CompareFuzzy(ApkVersion.Parse(prefix))));

    [Theory]
    [InlineData("", 0)]
    [InlineData("1.2_foo", 3)]
    [InlineData("1_alphabet", 1)]
    [InlineData("1-", 1)]
    [InlineData("1-1", 1)]
    [InlineData("1-r1-r2", 4)]
    [InlineData("1-r1_p1", 4)]
    [InlineData("1_p1a", 4)]
    [InlineData("1ab", 2)]
    [InlineData("1a.1", 2)]
    [InlineData("1A", 1)]
    [InlineData("1~", 1)]
    [InlineData("1~xyz", 1)]
    [InlineData("1~ab~cd", 4)]
    [InlineData("1 2", 1)]
    [InlineData("1/../2", 1)]
    [InlineData("1\u0660", 1)]
    [InlineData("1:2", 1)]
    public void Refuses_what_is_no_version(string text, int position)
    {
        Assert.False(ApkVersion.TryParse(text, out _, out string? problem));
        Assert.Equal(
            text.Length == 0
                ? "an empty version"
                : $"version '{text}': at character {position} is nothing that a version has there",
            problem);
        Assert.Throws<FormatException>(() => ApkVersion.Parse(text));
    }

    [Fact]
    public void Is_equal_by_its_text()
    {
        Assert.Equal(ApkVersion.Parse("1.0-r0"), ApkVersion.Parse("1.0-r0"));
        Assert.NotEqual(ApkVersion.Parse("01"), ApkVersion.Parse("1"));
        Assert.True(ApkVersion.Parse("1") < ApkVersion.Parse("2") && ApkVersion.Parse("1") <= ApkVersion.Parse("01"));
    }
}
