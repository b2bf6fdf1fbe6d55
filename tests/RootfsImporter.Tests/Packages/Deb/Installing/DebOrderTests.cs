using System.Text;
using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Installing;

namespace RootfsImporter.Tests.Packages.Deb.Installing;

public sealed class DebOrderTests
{
    private static string Sort(params string[] stanzas)
    {
        List<DebOrderItem> items = [.. stanzas.Select(s => DebOrderItem.Of(
            Deb822.ParseSingle(Encoding.UTF8.GetBytes($"Version: 1\nPackage: {s.Replace("; ", "\n")}\n")), "amd64"))];
        string order = string.Join(' ', DebOrder.Sort(items).Select(p => p.Name));
        items.Reverse();
        Assert.Equal(order, string.Join(' ', DebOrder.Sort(items).Select(p => p.Name)));
        return order;
    }

    [Fact]
    public void What_a_package_needs_stands_before_it() => Assert.Equal(
        "c b a d", Sort("a; Depends: b", "b; Pre-Depends: c", "c", "d; Depends: a (>= 1), gone"));

    [Fact]
    public void The_alternative_that_is_there_counts_and_so_do_providers() => Assert.Equal(
        "mawk awk-user z x", Sort("x; Depends: gone | z", "z", "awk-user; Pre-Depends: awk", "mawk; Provides: awk"));

    [Fact]
    public void A_circle_is_opened_before_those_who_wait_for_it() => Assert.Equal(
        "base libc6 libgcc a-tool bash",
        Sort(
            "a-tool; Depends: libc6", "bash; Pre-Depends: libc6", "libc6; Depends: libgcc",
            "libgcc; Depends: base, libc6", "base"));

    [Fact]
    public void A_circle_is_opened_at_a_depends_rather_than_a_pre_depends() => Assert.Equal(
        "b a", Sort("a; Pre-Depends: b", "b; Depends: a"));

    [Fact]
    public void A_circle_of_pre_depends_still_has_an_order() => Assert.Equal(
        "a c b", Sort("a; Pre-Depends: b", "b; Pre-Depends: c", "c; Pre-Depends: a"));

    [Fact]
    public void A_package_that_satisfies_itself_waits_for_nothing() => Assert.Equal(
        "a b", Sort("a; Depends: v, a; Provides: v", "b; Depends: a"));

    [Fact]
    public void Many_packages_in_a_long_chain_are_sorted() => Assert.StartsWith(
        "p1999 p1998 ",
        Sort([.. Enumerable.Range(0, 2000).Select(i => i == 1999 ? "p1999" : $"p{i}; Depends: p{i + 1}")]),
        StringComparison.Ordinal);
}
