using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Tests.Sealing;

public sealed class SealTreeTests
{
    private static readonly SealFixture ThreeNames =
        new SealFixture().File("a/1", "text").HardLink("b/2", "a/1").HardLink("c/3", "a/1").File("d");

    [Fact]
    public void Removing_the_first_name_hands_the_content_to_the_next()
    {
        SealTree tree = new(ThreeNames.Tree);

        tree.Remove([RootPath.Parse("a/1")]);

        TreeEntry second = tree.Find(RootPath.Parse("b/2"))!;
        Assert.Equal((EntryKind.File, null, 4L), (second.Kind, second.LinkTarget, second.Content!.Length));
        TreeEntry third = tree.Find(RootPath.Parse("c/3"))!;
        Assert.Equal((EntryKind.HardLink, "b/2"), (third.Kind, third.LinkTarget));
    }

    [Fact]
    public void Removing_names_one_after_the_other_leaves_the_last_a_plain_file()
    {
        SealTree tree = new(ThreeNames.Tree);

        tree.Remove([RootPath.Parse("a"), RootPath.Parse("b/2")]);
        Assert.Equal(EntryKind.File, tree.Find(RootPath.Parse("c/3"))!.Kind);

        tree.Remove([RootPath.Parse("c/3")]);
        Assert.Equal(["", "b", "c", "d"], tree.Entries.Select(entry => entry.Path.Value));
    }

    [Fact]
    public void Removing_a_further_name_leaves_the_others_as_they_were()
    {
        SealTree tree = new(ThreeNames.Tree);

        tree.Remove([RootPath.Parse("b/2")]);

        Assert.Equal(["a/1", "c/3"], tree.NamesOf(tree.Find(RootPath.Parse("c/3"))!).Select(name => name.Path.Value));
    }

    [Fact]
    public void Removal_takes_a_directory_with_all_below_and_only_that()
    {
        SealTree tree = new(new SealFixture().File("a/x").File("a/y/z").File("a.b").File("b").File("c/d").Tree);

        IReadOnlyList<SealRemoval> removals =
            tree.Remove([RootPath.Parse("a"), RootPath.Parse("a/y"), RootPath.Parse("c/d"), RootPath.Parse("none")]);

        Assert.Equal(["", "a.b", "b", "c"], tree.Entries.Select(entry => entry.Path.Value));
        Assert.Equal([("a", 3), ("c/d", 0)], removals.Select(removal => (removal.Entry.Path.Value, removal.Below)));
    }

    [Theory]
    [InlineData("bin/sh", "usr/bin/sh")]
    [InlineData("abs/sh", "usr/bin/sh")]
    [InlineData("deep/up/x", "usr/x")]
    [InlineData("out/x", "x")]
    [InlineData("loop/x", "loop/x")]
    [InlineData("bin", "bin")]
    [InlineData("usr/new/file", "usr/new/file")]
    public void Paths_are_located_through_links_without_leaving_the_root(string path, string located)
    {
        SealTree tree = new(new SealFixture().Directory("usr/bin").Symlink("bin", "usr/bin").Symlink("abs", "/usr//bin")
            .Symlink("deep/up", "./../usr").Symlink("out", "../../..").Symlink("loop", "loop").Tree);

        Assert.Equal(RootPath.Parse(located), tree.Locate(RootPath.Parse(path)));
    }

    [Fact]
    public void Refuses_entries_that_are_no_tree()
    {
        IReadOnlyList<TreeEntry> tree = ThreeNames.Tree;

        Assert.Throws<ArgumentException>(() => new SealTree([.. tree.Skip(1)]));
        Assert.Throws<ArgumentException>(() => new SealTree([.. tree, tree[^1]]));
        Assert.Throws<ArgumentException>(() => new SealTree([tree[0], .. tree.Skip(2)]));
        Assert.Throws<ArgumentException>(() => new SealTree([.. tree.Where(entry => entry.Path.Value != "a/1")]));
        Assert.Throws<ArgumentException>(
            () => new SealTree(new SealFixture().File("b").HardLink("a", "b").Tree));
    }
}
