using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Stages;
using RootfsImporter.Tests.Sealing;

namespace RootfsImporter.Tests.Stages;

public sealed class LayerDiffTests
{
    private const long Time = 1_700_000_000;

    [Fact]
    public void What_is_as_before_is_in_no_layer_even_when_it_was_written_again()
    {
        SealFixture before = new SealFixture().File("etc/a", "same", time: 1).Symlink("etc/l", "a", time: 1);
        SealFixture after = new SealFixture().File("etc/a", "same", time: 2).Symlink("etc/l", "a", time: 2);

        Assert.Empty(Diff(before, after));
    }

    [Theory]
    [InlineData("content")]
    [InlineData("mode")]
    [InlineData("owner")]
    [InlineData("attribute")]
    [InlineData("kind")]
    public void A_change_is_in_the_layer_with_the_directories_above_it(string what)
    {
        SealFixture before = new SealFixture().Directory("tmp", 0b1_111_111_111).File("tmp/d/f", "12345").File("tmp/other");
        RootTree after = new([.. before.Tree.Select(entry => entry.Path.Value != "tmp/d/f" ? entry : what switch
        {
            "content" => entry with { Content = new BytesContent("54321"u8.ToArray()) },
            "mode" => entry with { Mode = 0b111_101_101 },
            "owner" => entry with { Gid = 7 },
            "attribute" => entry with { ExtendedAttributes = [new ExtendedAttribute("security.capability", new byte[] { 1 })] },
            _ => entry with { Kind = EntryKind.Symlink, Content = null, LinkTarget = "x" },
        })]);

        IReadOnlyList<TreeEntry> layer = LayerDiff.Of(new RootTree(before.Tree), after, Sealed(after), Time);

        Assert.Equal(["tmp", "tmp/d", "tmp/d/f"], layer.Select(entry => entry.Path.Value));
        Assert.Equal(0b1_111_111_111, layer[0].Mode);
    }

    [Fact]
    public void What_went_is_whited_out_where_its_directory_still_is()
    {
        SealFixture before = new SealFixture()
            .File("a/file").File("a/dir/one").File("a/dir/two/three").Symlink("a/link", "file").File("b");
        SealFixture after = new SealFixture().Directory("a").File("b");

        IReadOnlyList<TreeEntry> layer = Diff(before, after);

        Assert.Equal(["a", "a/.wh.dir", "a/.wh.file", "a/.wh.link"], layer.Select(entry => entry.Path.Value));
        Assert.All(layer.Skip(1), entry => Assert.Equal(
            (EntryKind.File, 0L, Time), (entry.Kind, entry.Content!.Length, entry.ModifiedTime)));
    }

    [Fact]
    public void At_the_top_a_whiteout_needs_no_directory()
    {
        Assert.Equal([".wh.a"], Paths(Diff(new SealFixture().File("a").File("b"), new SealFixture().File("b"))));
    }

    [Fact]
    public void A_directory_that_becomes_something_else_needs_no_whiteouts_of_what_it_held()
    {
        SealFixture before = new SealFixture().File("d/x").File("d/y/z");

        Assert.Equal(["d"], Paths(Diff(before, new SealFixture().File("d"))));
        Assert.Equal(["d"], Paths(Diff(before, new SealFixture().Symlink("d", "e"))));
    }

    [Fact]
    public void A_file_that_becomes_a_directory_brings_all_of_it()
    {
        Assert.Equal(
            ["d", "d/x"], Paths(Diff(new SealFixture().File("d"), new SealFixture().File("d/x"))));
    }

    [Fact]
    public void All_names_of_a_file_are_in_the_layer_when_one_of_them_changes()
    {
        SealFixture before = new SealFixture().File("a", "1").HardLink("b", "a").File("c");
        SealFixture more = new SealFixture().File("a", "1").HardLink("b", "a").HardLink("b2", "a").File("c");
        SealFixture fewer = new SealFixture().File("b", "1").File("c");
        SealFixture other = new SealFixture().File("a", "2").HardLink("b", "a").File("c");

        Assert.Empty(Diff(before, before));
        Assert.Equal(["a", "b", "b2"], Paths(Diff(before, more)));
        Assert.Equal([".wh.a", "b"], Paths(Diff(before, fewer)));
        Assert.Equal(["a", "b"], Paths(Diff(before, other)));
    }

    [Fact]
    public void What_building_did_not_touch_stays_however_it_would_be_sealed()
    {
        SealFixture before = new SealFixture().File("etc/hostname", "foreign").File("var/log/x", "1");
        SealFixture built = new SealFixture().File("etc/hostname", "foreign").File("var/log/x", "2").File("var/log/y");
        SealFixture result = new SealFixture().File("etc/policy", "added by a rule").Directory("var/log");

        IReadOnlyList<TreeEntry> layer = LayerDiff.Of(
            new RootTree(before.Tree), new RootTree(built.Tree), Sealed(new RootTree(result.Tree)), Time);

        Assert.Equal(["var", "var/log", "var/log/.wh.x"], Paths(layer));
    }

    [Fact]
    public void Devices_of_the_base_that_no_tree_was_given_stay()
    {
        SealFixture before = new SealFixture().Special("dev/null", EntryKind.CharacterDevice).File("a");
        SealFixture after = new SealFixture().Directory("dev").File("a");

        Assert.Empty(Diff(before, after));
    }

    [Fact]
    public void The_layer_turns_one_tree_into_the_other_whatever_they_are()
    {
        Random random = new(20_260_721);
        for (int i = 0; i < 300; i++)
        {
            SealFixture before = Arbitrary(random);
            SealFixture after = Arbitrary(random);

            IReadOnlyList<TreeEntry> layer = Diff(before, after);

            Assert.Equal(Describe(after.Tree), Describe(Apply(before.Tree, layer)));
            Assert.Equal(layer.Select(entry => entry.Path).Order(), layer.Select(entry => entry.Path));
        }
    }

    private static SealFixture Arbitrary(Random random)
    {
        SealFixture tree = new();
        Dictionary<string, bool> made = [];
        for (int i = 0; i < 12; i++)
        {
            string path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => (char)('a' + random.Next(3))));
            bool isFree = !made.ContainsKey(path)
                && made.All(other => !path.StartsWith(other.Key + "/", StringComparison.Ordinal) || !other.Value)
                && made.Keys.All(other => !other.StartsWith(path + "/", StringComparison.Ordinal));
            if (isFree)
            {
                int kind = random.Next(3);
                _ = kind switch
                {
                    0 => tree.Directory(path, random.Next(2) == 0 ? 0b111_101_101 : 0b111_000_000),
                    1 => tree.Symlink(path, random.Next(2) == 0 ? "x" : "y"),
                    _ => tree.File(path, random.Next(2).ToString(System.Globalization.CultureInfo.InvariantCulture)),
                };
                made.Add(path, kind != 0);
            }
        }

        return tree;
    }

    /// <summary>Applies a layer as layer.md says, in the plainest way.</summary>
    private static IReadOnlyList<TreeEntry> Apply(IReadOnlyList<TreeEntry> below, IReadOnlyList<TreeEntry> layer)
    {
        SortedDictionary<RootPath, TreeEntry> tree = [];
        foreach (TreeEntry entry in below)
        {
            tree.Add(entry.Path, entry);
        }

        foreach (TreeEntry entry in layer)
        {
            bool isWhiteout = entry.Path.Name.StartsWith(".wh.", StringComparison.Ordinal);
            RootPath path = isWhiteout ? entry.Path.Parent.Append(entry.Path.Name.AsSpan(4)) : entry.Path;
            bool staysDirectory = !isWhiteout && entry.Kind == EntryKind.Directory
                && tree.TryGetValue(path, out TreeEntry? old) && old.Kind == EntryKind.Directory;
            foreach (RootPath gone in tree.Keys.Where(p => !staysDirectory && p.IsAtOrBelow(path)).ToArray())
            {
                tree.Remove(gone);
            }

            if (!isWhiteout)
            {
                tree[path] = entry;
            }
        }

        return [.. tree.Values];
    }

    private static IEnumerable<string> Describe(IReadOnlyList<TreeEntry> tree) => tree.Skip(1).Select(entry =>
        $"{entry.Path} {entry.Kind} {entry.Mode} {entry.LinkTarget} "
            + (entry.Content is BytesContent bytes ? Encoding.UTF8.GetString(bytes.Bytes.Span) : ""));

    private static IReadOnlyList<TreeEntry> Diff(SealFixture before, SealFixture after)
    {
        RootTree result = new(after.Tree);
        return LayerDiff.Of(new RootTree(before.Tree), result, Sealed(result), Time);
    }

    private static IEnumerable<string> Paths(IReadOnlyList<TreeEntry> layer) => layer.Select(entry => entry.Path.Value);

    private static SealedRootfs Sealed(RootTree tree) => new(tree.Entries, new Ledger(Time, [], []));
}
