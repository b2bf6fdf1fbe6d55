using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sealing;
using RootfsImporter.Stages;
using RootfsImporter.Tests.Sealing;

namespace RootfsImporter.Tests.Stages;

public sealed class SealerTests
{
    [Fact]
    public void Rules_apply_in_order_and_their_ledger_has_that_order()
    {
        SealedRootfs result = new SealFixture().File("a").Seal(
            new SealRule.Remove(["a"]) { Name = "first", Why = "test" },
            new SealRule.Add(RootPath.Parse("a"), 0b110_000_000, "new") { Name = "second", Why = "test" },
            new SealRule.Remove(["a"]) { Name = "never", Why = "test", OnlyIf = RootPath.Parse("b") });

        Assert.Equal(["first", "second"], result.Ledger.Entries.Take(2).Select(entry => entry.Rule));
        Assert.Equal("new", result.Text("a"));
        Assert.Equal(0b110_000_000, result.Entry("a").Mode);
    }

    [Fact]
    public void Remove_matches_wildcards_in_the_last_component_only()
    {
        SealedRootfs result = new SealFixture().File("d/x-old").File("d/sub/y-old").File("d/x").File("e-old")
            .Seal(new SealRule.Remove(["d/*-old", "*-old"]) { Name = "old", Why = "test" });

        Assert.Equal(["", "d", "d/sub", "d/sub/y-old", "d/x"], result.Paths);
        Assert.Equal(["/d/x-old", "/e-old"], result.Of("old").Select(entry => entry.Path));
    }

    [Fact]
    public void Remove_can_leave_links_and_packaged_files()
    {
        SealedRootfs result = new SealFixture().Symlink("link", "x").File("file").Packaged("packaged", 5).Seal(
            new SealRule.Remove(["link", "file"]) { Name = "a", Why = "test", FilesOnly = true },
            new SealRule.Remove(["packaged"]) { Name = "b", Why = "test", UnpackagedOnly = true });

        Assert.Equal(["", "link", "packaged"], result.Paths);
    }

    [Fact]
    public void EmptyDirectory_keeps_the_directory_and_its_exceptions_but_empties_them()
    {
        SealedRootfs result = new SealFixture()
            .File("c/a/b/file").File("c/a/other").File("c/z/file").Symlink("link", "c")
            .Seal(
                new SealRule.EmptyDirectory(RootPath.Parse("c"))
                {
                    Name = "c",
                    Why = "test",
                    Except = [RootPath.Parse("c/a/b"), RootPath.Parse("c/none")],
                },
                new SealRule.EmptyDirectory(RootPath.Parse("link")) { Name = "link", Why = "test" });

        Assert.Equal(["", "c", "c/a", "c/a/b", "link"], result.Paths);
        Assert.Contains(new LedgerEntry("c", "removed", "/c/z", "with 1 below it"), result.Ledger.Entries);
    }

    [Fact]
    public void Rewriting_a_name_rewrites_all_names_of_the_file()
    {
        SealedRootfs result = new SealFixture().File("a", "old").HardLink("b", "a").Seal(Upper("b"));

        Assert.Equal("OLD!", result.Text("a"));
        Assert.Equal(EntryKind.HardLink, result.Entry("b").Kind);
        Assert.Equal(
            new LedgerEntry("upper", "rewritten", "/b", "3 to 4 bytes, also named /a"), Assert.Single(result.Of("upper")));
    }

    [Fact]
    public void A_rewrite_without_effect_leaves_content_and_time()
    {
        SealedRootfs result = new SealFixture().Packaged("a", 5).Seal(
            new SealRule.Rewrite([RootPath.Parse("a")], (content, _) => content) { Name = "same", Why = "test" });

        Assert.Empty(result.Of("same"));
        Assert.Equal(5, result.Entry("a").ModifiedTime);
    }

    [Fact]
    public void A_rewritten_file_loses_the_time_of_its_package() =>
        Assert.Equal(SealFixture.Epoch, new SealFixture().Packaged("a", 5).Seal(Upper("a")).Entry("a").ModifiedTime);

    [Fact]
    public void A_file_too_large_to_rewrite_is_refused_unread()
    {
        SealFixture fixture = new SealFixture().File("a", new UnreadableContent(100));

        PackageFormatException error = Assert.Throws<PackageFormatException>(() => fixture.Seal(Upper("a")));

        Assert.Equal("sealing /a (upper): the file has 100 bytes, expected at most 10", error.Message);
    }

    [Fact]
    public void Only_files_that_are_rewritten_are_opened()
    {
        SealFixture fixture = new SealFixture().File("big", new UnreadableContent(1)).File("tmp/x", new UnreadableContent(1));

        Assert.Contains("big", fixture.Seal().Paths);
    }

    [Fact]
    public void Added_files_get_their_directories_and_are_found_through_links()
    {
        SealedRootfs result = new SealFixture().Directory("usr").Symlink("sbin", "usr/sbin").Seal(
            new SealRule.Add(RootPath.Parse("sbin/tool"), 0b111_101_101, "#!") { Name = "tool", Why = "test" });

        Assert.Equal(["", "sbin", "usr", "usr/sbin", "usr/sbin/tool"], result.Paths);
        Assert.Equal(["/usr/sbin", "/usr/sbin/tool"], result.Of("tool").Select(entry => entry.Path));
        Assert.Equal(0b111_101_101, result.Entry("usr/sbin").Mode);
    }

    [Fact]
    public void An_added_file_replaces_one_name_and_leaves_the_other_names_their_content()
    {
        SealedRootfs result = new SealFixture().File("a", "old").HardLink("b", "a").Seal(
            new SealRule.Add(RootPath.Parse("a"), 0b110_100_100, "new") { Name = "new", Why = "test" });

        Assert.Equal(("new", "old"), (result.Text("a"), result.Text("b")));
    }

    [Fact]
    public void A_file_cannot_be_added_where_or_below_what_is_no_place_for_it()
    {
        SealRule.Add add = new(RootPath.Parse("a/b"), 0b110_100_100, "new") { Name = "new", Why = "test" };

        Assert.Contains("found a directory", Assert.Throws<PackageFormatException>(
            () => new SealFixture().Directory("a/b").Seal(add)).Message, StringComparison.Ordinal);
        Assert.Contains("/a (new): expected a directory", Assert.Throws<PackageFormatException>(
            () => new SealFixture().File("a").Seal(add)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Move_renames_a_file_unless_the_new_name_is_taken()
    {
        SealRule.Move move = new(RootPath.Parse("a"), RootPath.Parse("d/b")) { Name = "move", Why = "test" };

        Assert.Equal("text", new SealFixture().File("a", "text").Seal(move).Text("d/b"));
        Assert.Equal(["", "a", "d", "d/b"], new SealFixture().File("a").File("d/b").Seal(move).Paths);
    }

    [Fact]
    public void Metadata_is_set_for_all_names_of_a_file()
    {
        SealedRootfs result = new SealFixture().File("a").HardLink("b", "a").Seal(
            new SealRule.SetMetadata(RootPath.Parse("b"), 0b110_000_000, 1, 2) { Name = "owner", Why = "test" });

        Assert.All(["a", "b"], path => Assert.Equal(
            (0b110_000_000, 1u, 2u), (result.Entry(path).Mode, result.Entry(path).Uid, result.Entry(path).Gid)));
        Assert.Equal("mode 0644 0:0 to 0600 1:2", Assert.Single(result.Of("owner")).Detail);
    }

    [Fact]
    public void Sealing_what_was_sealed_changes_nothing()
    {
        SealFixture fixture = SealRulesTests.Everything();
        SealedRootfs once = fixture.Seal();
        SealedRootfs twice = Sealer.Seal(once.Entries, fixture.PackagedTime, [], SealFixture.Epoch);

        Assert.Equal(once.Entries, twice.Entries);
        Assert.Equal(["times"], twice.Ledger.Entries.Select(entry => entry.Rule));
    }

    [Fact]
    public void A_negative_time_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => Sealer.Seal(new SealFixture().Tree, _ => null, [], -1));

    private static SealRule.Rewrite Upper(string path) => new(
        [RootPath.Parse(path)],
        (content, _) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content.Span).ToUpperInvariant() + "!"))
    {
        Name = "upper",
        Why = "test",
        MaxBytes = 10,
    };

    private sealed record UnreadableContent(long Size) : FileContent
    {
        public override long Length => Size;

        public override Stream Open() => throw new InvalidOperationException("opened");
    }
}
