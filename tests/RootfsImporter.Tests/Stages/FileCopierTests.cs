using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Stages;

public sealed class FileCopierTests : IDisposable
{
    private const long Time = 1_700_000_000;

    private readonly TempDirectory _source = new();
    private readonly TempDirectory _work = new();
    private readonly Rootfs _rootfs;

    public FileCopierTests() => _rootfs = Rootfs.Create(_work["root"]);

    public void Dispose()
    {
        _rootfs.Dispose();
        _work.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void A_file_gets_a_mode_that_says_no_more_than_who_may_execute_it()
    {
        Write("plain", 0x180);
        Write("program", 0x1C0);

        Copy(new CopiedFile { Source = _source["plain"], Target = "/etc/plain", Owner = Mine });
        Copy(new CopiedFile { Source = _source["program"], Target = "/usr/bin/program", Owner = Mine });
        Copy(new CopiedFile { Source = _source["plain"], Target = "/etc/secret", Mode = 0x180, Owner = Mine });

        Assert.Equal(0x1A4, Entry("etc/plain").Mode);
        Assert.Equal(0x1ED, Entry("usr/bin/program").Mode);
        Assert.Equal(0x180, Entry("etc/secret").Mode);
        Assert.Equal(Time, Entry("etc/plain").ModifiedTime);
    }

    [Fact]
    public void A_directory_is_merged_and_links_stay_links()
    {
        Write("d/a/one");
        Write("d/two");
        File.CreateSymbolicLink(_source["d/link"], "two");
        _rootfs.WriteFile(RootPath.Parse("opt/there"), "old"u8, 0x1A4);

        int count = Copy(new CopiedFile { Source = _source["d"], Target = "/opt", Owner = Mine });

        Assert.Equal(3, count);
        Assert.Equal(
            ["", "opt", "opt/a", "opt/a/one", "opt/link", "opt/there", "opt/two"],
            _rootfs.ReadTree().Select(entry => entry.Path.Value));
        Assert.Equal("two", Entry("opt/link").LinkTarget);
    }

    [Fact]
    public void Owners_are_looked_up_in_the_image()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "files are given to others, which only root may");
        Write("f");
        _rootfs.WriteFile(RootPath.Parse("etc/passwd"), "root:x:0:0::/:\nredis:x:101:102::/:\n"u8, 0x1A4);
        _rootfs.WriteFile(RootPath.Parse("etc/group"), "root:x:0:\nredis:x:102:\nadm:x:4:\n"u8, 0x1A4);

        (uint, uint) Owner(string owner)
        {
            Copy(new CopiedFile { Source = _source["f"], Target = "/f", Owner = owner });
            return (Entry("f").Uid, Entry("f").Gid);
        }

        Assert.Equal((101u, 102u), Owner("redis"));
        Assert.Equal((101u, 4u), Owner("redis:adm"));
        Assert.Equal((5u, 5u), Owner("5"));
        Assert.Equal((5u, 102u), Owner("5:redis"));
        ProfileException unknown = Assert.Throws<ProfileException>(() => Owner("nobody:adm"));
        Assert.Contains("no user 'nobody'", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_that_leads_out_stays_inside()
    {
        Write("f");
        _rootfs.TryCreateSymlink(new TreeEntry
        {
            Path = RootPath.Parse("out"),
            Kind = EntryKind.Symlink,
            Mode = 0x1FF,
            LinkTarget = _source.FullPath,
            Uid = Me.Uid,
            Gid = Me.Gid,
        });
        _rootfs.TryCreateDirectory(new TreeEntry
        {
            Path = RootPath.Parse(_source.FullPath),
            Kind = EntryKind.Directory,
            Mode = 0x1ED,
            Uid = Me.Uid,
            Gid = Me.Gid,
        });

        Copy(new CopiedFile { Source = _source["f"], Target = "/out/new", Owner = Mine });

        Assert.False(File.Exists(_source["new"]));
        Assert.NotNull(_rootfs.TryGetKind(RootPath.Parse(_source["new"])));
    }

    [Fact]
    public void What_cannot_be_copied_is_one_error()
    {
        Write("f");
        _rootfs.WriteFile(RootPath.Parse("d/x"), [], 0x1A4);

        ProfileException missing = Assert.Throws<ProfileException>(
            () => Copy(new CopiedFile { Source = _source["none"], Target = "/f", Owner = Mine }));
        ProfileException directory = Assert.Throws<ProfileException>(
            () => Copy(new CopiedFile { Source = _source["f"], Target = "/d", Owner = Mine }));

        Assert.Contains("none", missing.Message, StringComparison.Ordinal);
        Assert.Contains("to /d", directory.Message, StringComparison.Ordinal);
    }

    /// <summary>Who opened the pipe would wait for ever.</summary>
    [Fact]
    public async Task A_pipe_is_refused_and_not_waited_for()
    {
        Write("d/f");
        Assert.Equal(0, Mono.Unix.Native.Syscall.mkfifo(_source["d/pipe"], (Mono.Unix.Native.FilePermissions)0x1A4));
        CopiedFile file = new() { Source = _source["d"], Target = "/x", Owner = Mine };

        foreach (Action work in (Action[])[() => FileCopier.DigestOf([file]), () => Copy(file)])
        {
            ProfileException error = await Assert.ThrowsAsync<ProfileException>(
                () => Task.Run(work, TestContext.Current.CancellationToken)
                    .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Assert.Equal(
                $"copying {_source["d"]} to /x: {_source["d/pipe"]} is no file, directory or symbolic link", error.Message);
        }
    }

    [Fact]
    public void The_digest_is_of_names_contents_and_modes_but_not_of_times_and_places()
    {
        using TempDirectory other = new();
        Write("d/f");
        other.Write("d/f", "x"u8.ToArray());
        File.SetLastWriteTimeUtc(other["d/f"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Digest Of(string source) => FileCopier.DigestOf([new CopiedFile { Source = source, Target = "/d" }]);

        Digest first = Of(_source["d"]);
        Assert.Equal(first, Of(other["d"]));
        File.SetUnixFileMode(other["d/f"], (UnixFileMode)0x1ED);
        Assert.NotEqual(first, Of(other["d"]));
        File.WriteAllText(_source["d/f"], "y");
        Assert.NotEqual(first, Of(_source["d"]));
    }

    private static (uint Uid, uint Gid) Me => (Mono.Unix.Native.Syscall.getuid(), Mono.Unix.Native.Syscall.getgid());

    private static string Mine => $"{Me.Uid}:{Me.Gid}";

    private void Write(string path, int mode = 0x1A4)
    {
        _source.Write(path, "x"u8.ToArray());
        File.SetUnixFileMode(_source[path], (UnixFileMode)mode);
    }

    private int Copy(CopiedFile file) => FileCopier.Copy([file], _rootfs, Time);

    private TreeEntry Entry(string path) => _rootfs.ReadTree().Single(entry => entry.Path.Value == path);
}
