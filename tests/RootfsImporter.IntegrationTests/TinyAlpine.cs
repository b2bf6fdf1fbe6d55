using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// A system of our own packages, as small as one can be whose scripts really run: a static busybox, and a service with a
/// user of its own. Served on the loopback.
/// </summary>
internal sealed class TinyAlpine : IDisposable
{
    private const int Executable = 0x1ED;
    private const string Branch = "v1/main";
    private readonly StaticServer _server = new();
    private readonly ApkKey _key = new();

    /// <summary>Serves the packages, and some more.</summary>
    public TinyAlpine(params ApkBuilder[] more)
    {
        Requirement.Root.OrSkip();
        Requirement.Program("busybox").OrSkip();
        new ApkArchiveBuilder(_key)
            .Add(new ApkSuite(Branch) { Architecture = Apk, Packages = [.. Packages(Apk), .. more] })
            .AddTo(_server);
    }

    private static string Apk => Architecture.Host.Apk!;

    /// <summary>A package for this machine.</summary>
    public static ApkBuilder Package(string name, string version = "1.0-r0") => new(name, version, Apk);

    /// <summary>The packages of a good system; its program is the host's busybox for every architecture.</summary>
    public static IReadOnlyList<ApkBuilder> Packages(string architecture) =>
        [Base(architecture), Busybox(architecture), Service(architecture)];

    /// <summary>A profile of the service and what is named.</summary>
    public Profile Profile(PackageScripts scripts, params string[] include) => new()
    {
        Name = "tiny",
        Title = "Tiny",
        Distribution = "tiny",
        Version = "1",
        Family = "apk",
        Suite = "v1",
        Architectures = [Architecture.Host],
        Archives = new Dictionary<string, Archive> { ["main"] = new() { Name = "main", Mirrors = [_server.Address] } },
        Pockets = [new Pocket { Name = "main", Suite = Branch }],
        Components = [],
        Keys = [_key.Pin],
        Packages = new PackageSelection { Include = ["service", .. include], Scripts = scripts },
        Image = new ImageSettings { Cmd = ["/bin/sh"] },
        Seal = new SealSettings
        {
            ImageMirrors = new Dictionary<string, Uri> { ["main"] = new("http://archive.example/") },
        },
    };

    public void Dispose()
    {
        _server.Dispose();
        _key.Dispose();
    }

    private static ApkBuilder Base(string architecture) => new ApkBuilder("base", "1.0-r0", architecture)
        .Directory("sbin").Directory("usr/bin").Directory("usr/sbin").Directory("sys").Directory("run")
        .Directory("root", 0x1C0).File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n").File("etc/group", "root:x:0:\n")
        .File("etc/shadow", "root:::0:::::\n", mode: 0x1A0).File("etc/os-release", "ID=tiny\nVERSION_ID=1\n");

    private static ApkBuilder Busybox(string architecture) => new ApkBuilder("busybox", "1.0-r0", architecture)
        .Depends("base").Provides("/bin/sh")
        .Entry(new TarBytesEntry("bin/busybox", '0')
        {
            Content = File.ReadAllBytes(Host.Find("busybox")!),
            Mode = Executable,
        })
        .File("etc/busybox-paths.d/busybox", "bin/sh\nbin/ls\nusr/bin/wc\n")
        .Script(
            "post-install",
            "#!/bin/busybox sh\nset -e\nfor a in sh ls cat; do /bin/busybox ln -s /bin/busybox /bin/$a; done\n")
        .Triggers("/srv/*").Script("trigger", "for d in \"$@\"; do echo \"told of $d\" >> /etc/told; done");

    private static ApkBuilder Service(string architecture) => new ApkBuilder("service", "2.0-r1", architecture)
        .Depends("/bin/sh")
        .Script(
            "pre-install",
            "test ! -e /usr/bin/service\necho service:x:990:991::/srv/own:/bin/false >> /etc/passwd\n"
                + "echo service:x:991: >> /etc/group\necho 'service:!:5:0:99999:7:::' >> /etc/shadow")
        .Script("post-install", "test -x /usr/bin/service\necho \"$0 $* $APK_PACKAGE $APK_SCRIPT $PATH\" > /etc/said")
        .File("usr/bin/service", "#!/bin/sh\n", mode: Executable)
        .Directory("srv/own", 0x1E8, user: "service", group: "service", uid: 5, gid: 6)
        .File("srv/own/data", "", user: "service", group: "service", uid: 5, gid: 6);
}
