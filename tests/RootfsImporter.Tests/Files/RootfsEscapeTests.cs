using Mono.Unix.Native;
using RootfsImporter.Files;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Files;

/// <summary>
/// Links that lead out of a root, made beforehand or swapped in at the worst moment: nothing outside changes.
/// </summary>
public sealed class RootfsEscapeTests : IDisposable
{
    private const int Rounds = 2000;

    private readonly TempDirectory _directory = new();
    private readonly Rootfs _rootfs;
    private readonly string _outside;

    public RootfsEscapeTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "setting owners is for root only");
        _rootfs = Rootfs.Create(_directory["rootfs"]);
        _outside = _directory["outside"];
        _directory.Write("outside/victim", "untouched");
        Directory.CreateDirectory(Path.Combine(_outside, "directory"), (UnixFileMode)0x1C0);
    }

    /// <summary>Link texts that leave the root when the host resolves them.</summary>
    public static TheoryData<string> WaysOut => new() { "absolute", "dots", "through another link" };

    public void Dispose()
    {
        _rootfs?.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(WaysOut))]
    public void Every_operation_stays_inside(string way)
    {
        string inside = _rootfs.HostPath + _outside;
        Directory.CreateDirectory(inside);
        File.CreateSymbolicLink(Path.Combine(_rootfs.HostPath, "real"), _outside);
        File.CreateSymbolicLink(Path.Combine(_rootfs.HostPath, "out"), way switch
        {
            "absolute" => _outside,
            "dots" => "../../../../../.." + _outside,
            _ => "real",
        });
        string before = Outside();

        Create("out/file");
        _rootfs.WriteFile(RootPath.Parse("out/victim"), "new"u8, 0x1FF);
        _rootfs.WriteFile(RootPath.Parse("out/new/below"), "new"u8, 0x1FF);
        _rootfs.TryCreateDirectory(Entry("out/directory", EntryKind.Directory));
        _rootfs.TryCreateSymlink(Entry("out/link", EntryKind.Symlink, "x"));
        _rootfs.TryCreateFifo(Entry("out/pipe", EntryKind.Fifo));
        _rootfs.TryCreateHardLink(Entry("stolen", EntryKind.HardLink, "out/victim"));
        _rootfs.SetDirectoryMetadata(Entry("out/directory", EntryKind.Directory));
        _rootfs.SetDirectoryMetadata(Entry("out", EntryKind.Directory));
        Assert.Equal("new", System.Text.Encoding.UTF8.GetString(_rootfs.TryReadFile(RootPath.Parse("out/victim"), 100)!));
        _rootfs.Remove(RootPath.Parse("out/victim"));

        Assert.Equal(before, Outside());
        Assert.Equal(
            ["directory", "file", "link", "new", "pipe"],
            Directory.GetFileSystemEntries(inside).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ReadTree_does_not_go_through_links()
    {
        File.CreateSymbolicLink(Path.Combine(_rootfs.HostPath, "out"), _outside);
        Assert.Equal(["", "out"], _rootfs.ReadTree().Select(entry => entry.Path.Value));
    }

    [Fact]
    public async Task A_parent_swapped_for_a_link_while_writing_leads_nowhere()
    {
        string before = Outside();
        string parent = Path.Combine(_rootfs.HostPath, "parent");
        string away = Path.Combine(_rootfs.HostPath, "away");
        string link = Path.Combine(_rootfs.HostPath, "link");
        Directory.CreateDirectory(parent);
        File.CreateSymbolicLink(link, _outside);
        int swaps = 0;
        using CancellationTokenSource done = new();
        Task swapping = Task.Run(
            () =>
            {
                for (int i = 0; !done.IsCancellationRequested; i++)
                {
                    // The writer makes a missing parent itself now and then: the swap fails then, and the
                    // next is due.
                    _ = Syscall.rename(parent, $"{away}{i}");
                    swaps += Syscall.rename(link, parent) == 0 ? 1 : 0;
                    _ = Syscall.rename(parent, link);
                    _ = Syscall.rename($"{away}{i}", parent);
                }
            },
            TestContext.Current.CancellationToken);
        int written = 0;
        for (int i = 0; i < Rounds; i++)
        {
            written += Try(() => Create($"parent/file{i % 50}")) ? 1 : 0;
            Try(() => _rootfs.TryCreateDirectory(Entry($"parent/directory{i % 50}", EntryKind.Directory)));
            Try(() => _rootfs.WriteFile(RootPath.Parse("parent/victim"), "new"u8, 0x1FF));
            Try(() => _rootfs.TryCreateFifo(Entry($"parent/pipe{i % 50}", EntryKind.Fifo)));
            Try(() => _rootfs.SetDirectoryMetadata(Entry("parent/directory", EntryKind.Directory)));
            Try(() => _rootfs.Remove(RootPath.Parse("parent/victim")));
        }

        await done.CancelAsync();
        await swapping;
        Assert.True(written > 0 && swaps > 0, $"{written} files, {swaps} swaps");
        Assert.Equal(before, Outside());
    }

    [Fact]
    public async Task A_name_swapped_for_a_link_between_making_it_and_setting_its_mode_leads_nowhere()
    {
        string before = Outside();
        using CancellationTokenSource done = new();
        string name = Path.Combine(_rootfs.HostPath, "x");
        string link = Path.Combine(_rootfs.HostPath, "link");
        Task swapping = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    // rename(2) puts the link in the place of a pipe at once; a directory has to be removed
                    // first.
                    _ = Syscall.symlink(Path.Combine(_outside, "directory"), link);
                    _ = Syscall.rmdir(name);
                    _ = Syscall.rename(link, name);
                    _ = Syscall.unlink(name);
                }
            },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < Rounds; i++)
        {
            Try(() => _rootfs.TryCreateDirectory(Entry("x", EntryKind.Directory)));
            Try(() => _rootfs.TryCreateFifo(Entry("x", EntryKind.Fifo)));
            Try(() => _rootfs.SetDirectoryMetadata(Entry("x", EntryKind.Directory)));
        }

        await done.CancelAsync();
        await swapping;
        Assert.Equal(before, Outside());
    }

    [Fact]
    public async Task Links_with_dots_are_followed_even_while_others_rename()
    {
        Directory.CreateDirectory(Path.Combine(_rootfs.HostPath, "usr/lib/a/b"));
        File.CreateSymbolicLink(Path.Combine(_rootfs.HostPath, "usr/lib/a/b/up"), "../../../lib/a/../a/b/..");
        string one = _directory["one"];
        string two = _directory["two"];
        File.WriteAllText(one, "");
        int renames = 0;
        using CancellationTokenSource done = new();
        Task renaming = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    Assert.Equal(0, Syscall.rename(one, two));
                    Assert.Equal(0, Syscall.rename(two, one));
                    Interlocked.Add(ref renames, 2);
                }
            },
            TestContext.Current.CancellationToken);
        while (Volatile.Read(ref renames) < 10 * Rounds)
        {
            Assert.True(_rootfs.IsDirectory(RootPath.Parse("usr/lib/a/b/up/b/up")));
        }

        await done.CancelAsync();
        await renaming;
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else was faster; all that counts is what becomes of the host.
            return false;
        }
    }

    private static TreeEntry Entry(string path, EntryKind kind, string? target = null) => new()
    {
        Path = RootPath.Parse(path),
        Kind = kind,
        Mode = 0x1FF,
        Uid = 77,
        Gid = 77,
        LinkTarget = target,
    };

    private void Create(string path)
    {
        using MemoryStream content = new([1]);
        _rootfs.TryCreateFile(Entry(path, EntryKind.File), content);
    }

    /// <summary>All that could have changed outside.</summary>
    private string Outside() => Describe(_outside);

    private static string Describe(string directory)
    {
        using Rootfs outside = Rootfs.Open(directory);
        return string.Concat(outside.ReadTree().Select(entry =>
            $"{entry.Path} {entry.Kind} {entry.Mode} {entry.Uid}:{entry.Gid} {entry.ModifiedTime} {entry.Content?.Length}\n"));
    }
}
