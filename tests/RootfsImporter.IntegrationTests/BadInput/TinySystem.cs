using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// A system as small as one can be that dpkg really configures: the host's own dpkg and dash with the libraries that they
/// need, a static busybox, and the two packages that every other one leans on. (busybox is not the shell, because its
/// shell takes its own dpkg for dpkg.)
/// </summary>
internal static class TinySystem
{
    private const int Executable = 0x1ED;

    // dpkg looks for these before it does anything (dpkg(1), PATH); configuring runs none of them.
    private static readonly string[] Programs =
        ["/bin/dash", "/usr/bin/dpkg", "/usr/bin/dpkg-deb", "/usr/bin/dpkg-query", "/usr/bin/dpkg-split", "/usr/bin/dpkg-trigger"];

    private static readonly string[] Applets =
    [
        "[", "cat", "chmod", "chown", "cp", "diff", "echo", "env", "false", "grep", "id", "kill", "ln", "ls", "mkdir",
        "mv", "rm", "sed", "setsid", "sleep", "tar", "test", "touch", "true", "wget",
    ];

    private static readonly Task<IReadOnlyList<(string Path, byte[] Content)>> DpkgFiles = ReadDpkgAsync();

    /// <summary>The packages of a good system, all essential.</summary>
    public static async Task<IReadOnlyList<DebBuilder>> PackagesAsync() =>
    [
        Package("base-files").File("etc/os-release", "ID=testing-os\nVERSION_ID=\"1\"\n").Directory("dev")
            .Directory("proc").Directory("sys").Directory("run").Directory("root", 0x1C0).Directory("tmp", 0x3FF)
            .Directory("usr/sbin").Directory("var/log").Script("postinst", "touch /etc/configured-by-base-files"),
        Package("base-passwd").File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n")
            .File("etc/group", "root:x:0:\ndaemon:x:1:\n").Script("preinst", "test -e /etc/os-release"),
        Busybox(),
        await DpkgAsync(),
    ];

    /// <summary>An essential package for this machine.</summary>
    public static DebBuilder Package(string name, string version = "1.0") =>
        new DebBuilder(name, version, Architecture.Host.Deb).Essential();

    private static DebBuilder Busybox()
    {
        DebBuilder package = Package("busybox").Entry(new TarBytesEntry("./bin/busybox", '0')
        {
            Content = File.ReadAllBytes(Host.Find("busybox")!),
            Mode = Executable,
        });
        foreach (string applet in Applets)
        {
            package.Symlink($"bin/{applet}", "busybox");
        }

        return package.Symlink("usr/bin/env", "../../bin/busybox");
    }

    private static async Task<DebBuilder> DpkgAsync()
    {
        DebBuilder package = Package("dpkg").Directory("etc/dpkg/dpkg.cfg.d").Symlink("bin/sh", "dash")
            .File("sbin/ldconfig", "#!/bin/sh\nexit 0\n", Executable)
            .File("sbin/start-stop-daemon", "#!/bin/sh\necho a service was started\nexit 9\n", Executable);
        foreach ((string path, byte[] content) in await DpkgFiles)
        {
            package.Entry(new TarBytesEntry("." + path, '0') { Content = content, Mode = Executable });
        }

        return package;
    }

    /// <summary>The programs, and what ldd says that they load.</summary>
    private static async Task<IReadOnlyList<(string Path, byte[] Content)>> ReadDpkgAsync()
    {
        SortedSet<string> paths = new(StringComparer.Ordinal);
        foreach (string path in Programs)
        {
            paths.Add(path);
            ChildProcess ldd = new()
            {
                FileName = "ldd",
                Arguments = [path],
                Environment = new Dictionary<string, string> { ["PATH"] = ChildProcess.SystemPath, ["LC_ALL"] = "C" },
            };
            string output = (await ldd.RunAsync(CancellationToken.None)).Output;
            paths.UnionWith(output.Split([' ', '\t', '\n']).Where(word => word.StartsWith('/')));
        }

        return [.. paths.Select(path => (path, File.ReadAllBytes(path)))];
    }
}
