using RootfsImporter.Files;
using RootfsImporter.Linux;
using RootfsImporter.Sandbox;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Sandbox;

namespace RootfsImporter.Tests.Files;

/// <summary>Temporary trees, on disk and in memory.</summary>
[Trait("Requires", "Root")]
public sealed class WorkTreeTests
{
    private static readonly RootPath Big = RootPath.Parse("big");

    [Fact]
    public void A_tree_on_disk_is_private_and_gone_afterwards()
    {
        SkipUnlessRoot();
        using TempDirectory directory = new();
        string own;
        using (WorkTree tree = WorkTree.Create(directory["work"], expectedBytes: 1, mayUseMemory: false))
        {
            own = Assert.Single(Directory.GetDirectories(directory["work"]));
            Assert.False(tree.IsInMemory);
            Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(own));
            Assert.Equal(new RootLocation(Path.Combine(own, "rootfs"), null), tree.Location);
            tree.Rootfs.WriteFile(RootPath.Parse("a/b/file"), "x"u8, 0x1A4);
            Directory.CreateSymbolicLink(Path.Combine(own, "rootfs/out"), directory.FullPath);
        }

        Assert.Empty(Directory.GetFileSystemEntries(directory["work"]));
    }

    [Fact]
    public void A_place_that_cannot_be_used_is_an_error_of_the_host()
    {
        using TempDirectory directory = new();
        string file = directory.Write("file", "");
        HostException error = Assert.Throws<HostException>(
            () => WorkTree.Create(Path.Combine(file, "work"), expectedBytes: 1, mayUseMemory: false));
        Assert.StartsWith($"cannot make a temporary tree in {file}/work: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("choose another --work-dir", error.Hint);
    }

    [Fact]
    public void A_tree_in_memory_is_in_no_mount_table_of_the_host_and_gone_afterwards()
    {
        SkipUnlessRoot();
        using TempDirectory directory = new();
        string[] before = File.ReadAllLines("/proc/self/mountinfo");
        string holder;
        using (WorkTree tree = WorkTree.Create(directory["work"], expectedBytes: 1, mayUseMemory: true))
        {
            SkipUnlessInMemory(tree);
            holder = Path.GetDirectoryName(Path.GetDirectoryName(tree.Location.MountNamespace))!;
            tree.Rootfs.WriteFile(RootPath.Parse("a/file"), "content"u8, 0x1A4);
            Assert.Equal(before, File.ReadAllLines("/proc/self/mountinfo"));
            string own = Assert.Single(Directory.GetDirectories(directory["work"]));
            Assert.Empty(Directory.GetFileSystemEntries(own));
            Assert.Contains($" {own} ", File.ReadAllText($"{holder}/mountinfo"), StringComparison.Ordinal);
            Assert.Equal(["", "a", "a/file"], tree.Rootfs.ReadTree().Select(entry => entry.Path.Value));
        }

        Assert.False(Directory.Exists(holder));
        Assert.Equal(before, File.ReadAllLines("/proc/self/mountinfo"));
        Assert.Empty(Directory.GetFileSystemEntries(directory["work"]));
    }

    [Fact]
    public void Times_and_links_in_memory_are_as_on_disk()
    {
        SkipUnlessRoot();
        using TempDirectory directory = new();
        using WorkTree tree = WorkTree.Create(directory["work"], expectedBytes: 1, mayUseMemory: true);
        SkipUnlessInMemory(tree);
        TreeEntry entry = new()
        {
            Path = RootPath.Parse("usr/lib"),
            Kind = EntryKind.Directory,
            Mode = 0x1ED,
            ModifiedTime = 1000,
        };
        tree.Rootfs.TryCreateDirectory(entry);
        tree.Rootfs.TryCreateSymlink(
            entry with { Path = RootPath.Parse("lib"), Kind = EntryKind.Symlink, LinkTarget = "/usr/lib" });
        tree.Rootfs.TryCreateFile(
            entry with { Path = RootPath.Parse("lib/file"), Kind = EntryKind.File }, Stream.Null);
        Assert.Equal(1000, tree.Rootfs.PackagedTime(RootPath.Parse("usr/lib/file")));
        Assert.Equal("/usr/lib", tree.Rootfs.TryReadLink(RootPath.Parse("lib")));
        Assert.Equal(1000, tree.Rootfs.ReadTree().Single(e => e.Path.Value == "usr/lib/file").ModifiedTime);
    }

    [Fact]
    public async Task A_sandbox_works_in_a_tree_in_memory()
    {
        using TinyRoot root = new(isInMemory: true);
        SkipUnlessInMemory(root.Tree);
        SandboxResult result = await root.RunAsync(
            "echo made inside > /tmp/file; echo done", TestContext.Current.CancellationToken);
        Assert.Equal(new SandboxResult(0, "done\n"), result);
        Assert.Equal("made inside\n", root.ReadText("tmp/file"));
        Assert.Empty(root.Processes);
    }

    [Fact]
    public void A_tree_that_may_become_larger_than_memory_is_on_disk()
    {
        SkipUnlessRoot();
        using TempDirectory directory = new();
        using WorkTree tree = WorkTree.Create(directory["work"], expectedBytes: 1L << 50, mayUseMemory: true);
        Assert.False(tree.IsInMemory);
    }

    [Fact]
    public void A_full_disk_is_an_error_that_says_so()
    {
        SkipUnlessRoot();
        using TempDirectory directory = new();
        using MemoryMount? mount = MemoryMount.TryCreate(directory.FullPath, 256 * 1024);
        Assert.SkipUnless(mount is not null, "this host does not allow a private tmpfs");
        using Rootfs rootfs = Rootfs.Create(Path.Combine(mount!.OuterPath, "rootfs"));
        using MemoryStream content = new(new byte[1 << 20]);
        TreeEntry entry = new() { Path = Big, Kind = EntryKind.File, Mode = 0x1A4 };
        foreach (Action write in (Action[])
            [() => rootfs.TryCreateFile(entry, content), () => rootfs.WriteFile(Big, new byte[1 << 20], 0x1A4)])
        {
            HostException error = Assert.Throws<HostException>(write);
            Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
            Assert.Contains("free some space", error.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void There_is_no_memory_mount_over_what_does_not_exist() =>
        Assert.Null(MemoryMount.TryCreate("/nonexistent/directory", 1 << 20));

    private static void SkipUnlessRoot() =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "making namespaces is for root only");

    private static void SkipUnlessInMemory(WorkTree tree) =>
        Assert.SkipUnless(
            tree.IsInMemory, "this host does not allow a private tmpfs, or has no memory to spare");
}
