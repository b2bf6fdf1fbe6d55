using System.Diagnostics;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Tests.Packages.Deb.Control;

public sealed class DebVersionTests
{
    private const string Dpkg = "/usr/bin/dpkg";

    [Theory]
    [InlineData("1.0", "1.0", 0)]
    [InlineData("1.0", "1.0-0", 0)]
    [InlineData("0:1.0", "1.0", 0)]
    [InlineData("1.0", "1.00", 0)]
    [InlineData("1.0~rc1", "1.0", -1)]
    [InlineData("1.0~~", "1.0~", -1)]
    [InlineData("1.0~~a", "1.0~", -1)]
    [InlineData("1.0", "1.0+deb12u1", -1)]
    [InlineData("1.0a", "1.0+", -1)]
    [InlineData("1.0", "1.0a", -1)]
    [InlineData("1.0Z", "1.0a", -1)]
    [InlineData("2.0", "1:1.0", -1)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("1.0-1", "1.0-1ubuntu0.1", -1)]
    [InlineData("1.0-1", "1.0-1.1", -1)]
    [InlineData("1-2-3", "1-2-4", -1)]
    [InlineData("99999999999999999999999998", "99999999999999999999999999", -1)]
    [InlineData("1.00000000000000000000000000000002", "1.3", -1)]
    [InlineData("2.23-0ubuntu3", "2.23-0ubuntu11.3", -1)]
    [InlineData("1.0-~1", "1.0", -1)]
    [InlineData("1.2.", "1.2.0", 0)]
    public void Versions_are_ordered_as_dpkg_orders_them(string left, string right, int expected)
    {
        Assert.Equal(expected, Math.Sign(DebVersion.Parse(left).CompareTo(DebVersion.Parse(right))));
        Assert.Equal(-expected, Math.Sign(DebVersion.Parse(right).CompareTo(DebVersion.Parse(left))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("1:")]
    [InlineData("a:1")]
    [InlineData("-1:1")]
    [InlineData("2147483648:1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("1 2")]
    [InlineData("1/2")]
    [InlineData("1.0-1:2")]
    [InlineData("1_2")]
    [InlineData("1\u0660")]
    public void Refuses_what_is_no_version(string text)
    {
        Assert.False(DebVersion.TryParse(text, out _, out string? problem));
        Assert.StartsWith($"version '{text}': ", problem, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => DebVersion.Parse(text));
    }

    [Fact]
    public void Splits_at_the_first_colon_and_the_last_hyphen()
    {
        DebVersion version = DebVersion.Parse(" 2:1.2:3-4-5 ");

        Assert.Equal(2, version.Epoch);
        Assert.Equal("1.2:3-4", version.Upstream.ToString());
        Assert.Equal("5", version.Revision.ToString());
        Assert.Equal("2:1.2:3-4-5", version.Text);
    }

    [Fact]
    public void Agrees_with_dpkg_on_generated_pairs()
    {
        Assert.SkipUnless(File.Exists(Dpkg), "dpkg is not on this host");
        Random random = new(20240424);
        for (int i = 0; i < 250; i++)
        {
            string left = Generate(random);
            string right = random.Next(3) == 0 ? Mutate(random, left) : Generate(random);
            Assert.True(
                DpkgSays(left, "lt", right) == DebVersion.Parse(left) < DebVersion.Parse(right),
                $"'{left}' lt '{right}'");
            Assert.True(
                DpkgSays(left, "eq", right) == (DebVersion.Parse(left).CompareTo(DebVersion.Parse(right)) == 0),
                $"'{left}' eq '{right}'");
        }
    }

    private static string Generate(Random random)
    {
        string upstream = random.Next(10) + Part(random, "0019.+~aZz-", random.Next(8));
        string epoch = random.Next(4) == 0 ? $"{random.Next(3)}:" : "";
        string revision = random.Next(2) == 0 ? "-" + random.Next(3) + Part(random, "0019.+~aZz", random.Next(5)) : "";
        return $"{epoch}{upstream.TrimEnd('-')}{revision}";
    }

    private static string Mutate(Random random, string version) =>
        version + Part(random, "0.~+a1", 1 + random.Next(2));

    private static string Part(Random random, string alphabet, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => alphabet[random.Next(alphabet.Length)]));

    private static bool DpkgSays(string left, string comparison, string right)
    {
        ProcessStartInfo start = new(Dpkg, ["--compare-versions", left, comparison, right])
        {
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.InRange(process.ExitCode, 0, 1);
        return process.ExitCode == 0;
    }
}
