using System.Text;
using Mono.Unix.Native;
using RootfsImporter.Files;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Files;

/// <summary>Making, replacing and listing what is in a root.</summary>
public sealed class RootfsTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Rootfs _rootfs;

    public RootfsTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "setting owners is for root only");
        _rootfs = Rootfs.Create(_directory["rootfs"]);
    }

    public void Dispose()
    {
        _rootfs?.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Is_made_empty_with_mode_0755_and_only_where_nothing_is()
    {
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(_rootfs.HostPath));
        Assert.Empty(Directory.GetFileSystemEntries(_rootfs.HostPath));
        IOException error = Assert.Throws<IOException>(() => Rootfs.Create(_rootfs.HostPath));
        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Setuid_bits_survive_the_change_of_owner()
    {
        Assert.True(
            Create(NewFile("bin/su") with { Mode = Convert.ToInt32("6755", 8), Uid = 12, Gid = 34 }, "su"));
        TreeEntry entry = Entry("bin/su");
        Assert.Equal((Convert.ToInt32("6755", 8), 12u, 34u), (entry.Mode, entry.Uid, entry.Gid));
    }

    [Fact]
    public void A_taken_name_is_left_as_it_is()
    {
        Create(NewFile("file"), "first");
        using MemoryStream second = new("second"u8.ToArray());
        Assert.False(_rootfs.TryCreateFile(NewFile("file"), second));
        Assert.Equal(0, second.Position);
        Assert.False(_rootfs.TryCreateDirectory(NewFile("file") with { Kind = EntryKind.Directory }));
        Assert.False(_rootfs.TryCreateSymlink(Symlink("file", "x")));
        Assert.False(_rootfs.TryCreateFifo(NewFile("file") with { Kind = EntryKind.Fifo }));
        Assert.False(_rootfs.TryCreateHardLink(NewFile("file") with { Kind = EntryKind.HardLink, LinkTarget = "file" }));
        Assert.False(_rootfs.TryCreateDirectory(new TreeEntry { Path = RootPath.Root, Kind = EntryKind.Directory, Mode = 0 }));
        Assert.Equal("first", Read("file"));
    }

    [Fact]
    public void WriteFile_replaces_a_link_instead_of_following_it()
    {
        Create(NewFile("etc/target"), "target");
        _rootfs.TryCreateSymlink(Symlink("etc/link", "target"));
        Write("etc/link", "new");
        Assert.Equal(("target", "new"), (Read("etc/target"), Read("etc/link")));
        Assert.Equal(EntryKind.File, _rootfs.TryGetKind(PathOf("etc/link")));
    }

    [Fact]
    public void WriteFile_replaces_a_file_and_leaves_its_other_names()
    {
        Create(NewFile("one") with { Mode = Convert.ToInt32("4755", 8), Uid = 5 }, "old");
        _rootfs.TryCreateHardLink(NewFile("two") with { Kind = EntryKind.HardLink, LinkTarget = "one" });
        Write("one", "new");
        Assert.Equal(("new", "old"), (Read("one"), Read("two")));
        Assert.Equal((0x1A4, 0u), (Entry("one").Mode, Entry("one").Uid));
        Assert.Equal(2, Directory.GetFileSystemEntries(_rootfs.HostPath).Length);
    }

    [Fact]
    public void PackagedTime_is_known_of_what_packages_brought_until_it_is_replaced_or_removed()
    {
        Create(NewFile("file") with { ModifiedTime = 1000 }, "");
        _rootfs.TryCreateHardLink(
            NewFile("again") with { Kind = EntryKind.HardLink, LinkTarget = "file", ModifiedTime = 1000 });
        _rootfs.TryCreateSymlink(Symlink("link", "file") with { ModifiedTime = 2000 });
        _rootfs.TryCreateFifo(NewFile("pipe") with { Kind = EntryKind.Fifo, ModifiedTime = 3000 });
        Assert.Equal([1000, 1000, 2000, 3000], new[] { "file", "again", "link", "pipe" }.Select(Time));
        Assert.Equal([1000, 1000, 2000, 3000], new[] { "file", "again", "link", "pipe" }.Select(p => (long?)Entry(p).ModifiedTime));

        Write("file", "");
        _rootfs.Remove(PathOf("link"));
        Write("own", "");
        Assert.Equal([null, 1000, null, null], new[] { "file", "again", "link", "own" }.Select(Time));
    }

    [Fact]
    public void PackagedTime_goes_by_the_real_place()
    {
        _rootfs.TryCreateDirectory(NewFile("usr/lib") with { Kind = EntryKind.Directory, Mode = 0x1ED });
        _rootfs.TryCreateSymlink(Symlink("lib", "usr/lib"));
        Create(NewFile("lib/a/file") with { ModifiedTime = 1000 }, "");
        Assert.Equal((1000, null), (Time("usr/lib/a/file"), Time("lib/a/file")));
        _rootfs.Remove(PathOf("lib/a/file"));
        Assert.Null(Time("usr/lib/a/file"));
    }

    [Fact]
    public void ReadTree_lists_directories_before_what_they_hold_and_in_one_order()
    {
        foreach (string path in (string[])["b/x", "b.d/x", "b-c", "a/z", "a/B", "b"])
        {
            Assert.Equal(path != "b", Create(NewFile(path), ""));
        }

        Assert.Equal(
            ["", "a", "a/B", "a/z", "b", "b/x", "b-c", "b.d", "b.d/x"],
            _rootfs.ReadTree().Select(entry => entry.Path.Value));
    }

    [Fact]
    public void ReadTree_makes_the_first_name_the_file_and_the_others_hard_links()
    {
        Create(NewFile("z"), "content");
        _rootfs.TryCreateHardLink(NewFile("a/b") with { Kind = EntryKind.HardLink, LinkTarget = "z" });
        Assert.Equal((EntryKind.File, 7), (Entry("a/b").Kind, Entry("a/b").Content!.Length));
        Assert.Equal(
            (EntryKind.HardLink, "a/b", null), (Entry("z").Kind, Entry("z").LinkTarget, Entry("z").Content));
    }

    [Fact]
    public void ReadTree_reads_extended_attributes_in_order()
    {
        Create(NewFile("file"), "");
        int result = Syscall.setxattr(HostPath("file"), "user.b", [1]);
        Assert.SkipUnless(
            result == 0, "the file system of the temporary directory has no extended attributes");
        Assert.Equal(0, Syscall.setxattr(HostPath("file"), "user.a", [2, 0, 3]));
        Assert.Equal(
            [("user.a", "020003"), ("user.b", "01")],
            Entry("file").ExtendedAttributes.Select(a => (a.Name, Convert.ToHexString(a.Value.Span))));
    }

    [Fact]
    public void ReadTree_content_can_be_opened_again_and_again()
    {
        Create(NewFile("file"), "content");
        FileContent content = Entry("file").Content!;
        for (int i = 0; i < 2; i++)
        {
            using StreamReader reader = new(content.Open());
            Assert.Equal("content", reader.ReadToEnd());
        }
    }

    [Fact]
    public void TryReadFile_reads_regular_files_only()
    {
        Create(NewFile("file"), "12345");
        _rootfs.TryCreateSymlink(Symlink("link", "file"));
        _rootfs.TryCreateFifo(NewFile("pipe") with { Kind = EntryKind.Fifo });
        Assert.Equal("12345", Read("file"));
        _rootfs.TryCreateDirectory(NewFile("directory") with { Kind = EntryKind.Directory });
        Assert.All(["link", "pipe", "directory", "absent", "absent/below", "file/below"], path =>
            Assert.Null(_rootfs.TryReadFile(PathOf(path), 10)));
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => _rootfs.TryReadFile(PathOf("file"), 4));
        Assert.Equal("/file has 5 bytes, more than the 4 allowed", error.Message);
    }

    [Fact]
    public void TryReadLink_reads_links_only()
    {
        Create(NewFile("file"), "");
        _rootfs.TryCreateSymlink(Symlink("link", "/some/where"));
        Assert.Equal("/some/where", _rootfs.TryReadLink(PathOf("link")));
        Assert.All(
            ["file", "absent", "absent/below"], path => Assert.Null(_rootfs.TryReadLink(PathOf(path))));
    }

    [Fact]
    public void Remove_takes_the_link_and_not_what_it_leads_to()
    {
        Create(NewFile("file"), "");
        _rootfs.TryCreateSymlink(Symlink("link", "file"));
        _rootfs.Remove(PathOf("link"));
        _rootfs.Remove(PathOf("absent"));
        _rootfs.Remove(PathOf("absent/below"));
        Assert.Equal(
            (EntryKind.File, null), (_rootfs.TryGetKind(PathOf("file")), _rootfs.TryGetKind(PathOf("link"))));
    }

    [Fact]
    public void Makes_a_missing_parent_once_however_many_need_it()
    {
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.True(Create(NewFile($"a{i / 8}/b/c/{i}"), "")));
        Assert.Equal(400, _rootfs.ReadTree().Count(entry => entry.Kind == EntryKind.File));
    }

    private static RootPath PathOf(string path) => RootPath.Parse(path);

    private static TreeEntry NewFile(string path) =>
        new() { Path = PathOf(path), Kind = EntryKind.File, Mode = 0x1A4, ModifiedTime = 1_700_000_000 };

    private static TreeEntry Symlink(string path, string target) =>
        NewFile(path) with { Kind = EntryKind.Symlink, LinkTarget = target };

    private bool Create(TreeEntry entry, string content)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(content));
        return _rootfs.TryCreateFile(entry, stream);
    }

    private void Write(string path, string content) =>
        _rootfs.WriteFile(PathOf(path), Encoding.UTF8.GetBytes(content), 0x1A4);

    private string? Read(string path) =>
        _rootfs.TryReadFile(PathOf(path), 1000) is byte[] content ? Encoding.UTF8.GetString(content) : null;

    private long? Time(string path) => _rootfs.PackagedTime(PathOf(path));

    private string HostPath(string path) => System.IO.Path.Combine(_rootfs.HostPath, path);

    private TreeEntry Entry(string path) => _rootfs.ReadTree().Single(entry => entry.Path.Value == path);
}
