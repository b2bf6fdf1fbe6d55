using Microsoft.Win32.SafeHandles;
using RootfsImporter.Files;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Files;

/// <summary>The directories of builds: whose build is gone, and whose is not.</summary>
public sealed class WorkDirectoriesTests : IDisposable
{
    private const int Private = 0x1C0;

    private readonly TempDirectory _parent = new();

    public void Dispose() => _parent.Dispose();

    [Fact]
    public void What_a_killed_build_left_is_removed()
    {
        string abandoned = Make("rootfs-importer-build-1-0123abcd");
        _parent.Write("rootfs-importer-build-1-0123abcd/rootfs/etc/file", "content");
        Directory.CreateSymbolicLink(Path.Combine(abandoned, "rootfs/link"), _parent.Write("kept/file", "content"));
        Make("rootfs-importer-build-99999999-deadbeef");
        WorkDirectories.RemoveAbandoned(_parent.FullPath);
        Assert.Equal([_parent["kept"]], Directory.GetDirectories(_parent.FullPath));
        Assert.True(File.Exists(_parent["kept/file"]));
    }

    [Fact]
    public void What_a_running_build_uses_stays()
    {
        (string directory, SafeFileHandle held) = WorkDirectories.Create(_parent.FullPath);
        using (held)
        {
            Directory.CreateDirectory(Path.Combine(directory, "rootfs"));
            WorkDirectories.RemoveAbandoned(_parent.FullPath);
            Assert.True(Directory.Exists(Path.Combine(directory, "rootfs")));
        }

        WorkDirectories.RemoveAbandoned(_parent.FullPath);
        Assert.False(Directory.Exists(directory));
    }

    [Theory]
    [InlineData("rootfs-importer-build-1-0123abcd", 0x1ED, "rootfs")]
    [InlineData("rootfs-importer-build-1-0123abcd", Private, "src")]
    [InlineData("rootfs-importer-build-1-0123abcde", Private, "rootfs")]
    [InlineData("rootfs-importer-build-x-0123abcd", Private, "rootfs")]
    [InlineData("rootfs-importer-build-1-0123ABCD", Private, "rootfs")]
    public void What_may_be_anything_else_stays(string name, int mode, string content)
    {
        string directory = Make(name, mode);
        Directory.CreateDirectory(Path.Combine(directory, content));
        WorkDirectories.RemoveAbandoned(_parent.FullPath);
        Assert.True(Directory.Exists(Path.Combine(directory, content)));
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        using TempDirectory elsewhere = new();
        string target = Path.Combine(elsewhere.FullPath, "rootfs");
        Directory.CreateDirectory(target);
        File.CreateSymbolicLink(_parent["rootfs-importer-build-1-0123abcd"], elsewhere.FullPath);
        WorkDirectories.RemoveAbandoned(_parent.FullPath);
        Assert.True(Directory.Exists(target));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_an_error_of_the_host()
    {
        string file = _parent.Write("file", "");
        HostException error = Assert.Throws<HostException>(
            () => WorkTree.Create(Path.Combine(file, "work"), expectedBytes: 1, mayUseMemory: false));
        Assert.Contains($"cannot make a temporary tree in {file}/work", error.Message, StringComparison.Ordinal);
        Assert.Equal("choose another --work-dir", error.Hint);
    }

    private string Make(string name, int mode = Private) =>
        Directory.CreateDirectory(_parent[name], (UnixFileMode)mode).FullName;
}
