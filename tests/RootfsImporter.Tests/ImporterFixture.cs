using System.Text;
using RootfsImporter.Importing;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;

namespace RootfsImporter.Tests;

/// <summary>Small root file systems, and what importing them takes.</summary>
internal sealed class ImporterFixture : IDisposable
{
    /// <summary>The time of the newest package.</summary>
    public const long Packaged = 1_700_000_000;

    /// <summary>When the tree was made.</summary>
    public const long Made = 1_750_000_000;

    public TempDirectory Temp { get; } = new();

    public void Dispose() => Temp.Dispose();

    public static TarBytesEntry Directory(string name) => new(name, '5') { Mode = 0b111_101_101, ModifiedTime = Made };

    public static TarBytesEntry File(string name, string content, long time = Made) => File(name, Encoding.UTF8.GetBytes(content), time);

    public static TarBytesEntry File(string name, byte[] content, long time = Made) =>
        new(name, '0') { Content = content, ModifiedTime = time };

    /// <summary>A tree of Debian with one package, a log, a device and somebody's files.</summary>
    public static IReadOnlyList<TarBytesEntry> Debian(string architecture = "amd64", ushort machine = 62) =>
    [
        Directory("./"),
        File("./etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
        File("./etc/hostname", "builder\n"),
        File("./etc/apt/sources.list", "deb http://mirror.example/debian bookworm main\n"),
        File("./etc/machine-id", "0123456789abcdef0123456789abcdef\n"),
        File("./usr/bin/tool", new ElfBuilder { Machine = machine }.ToArray(), Packaged) with { Mode = 0x1ED },
        File("./usr/bin/sh", new ElfBuilder { Machine = machine }.ToArray(), Packaged - 5) with { Mode = 0x1ED },
        new TarBytesEntry("./bin", '2') { LinkName = "usr/bin", ModifiedTime = Made },
        File("./var/lib/dpkg/status",
            $"Package: tool\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: 1\nMaintainer: x\nDescription: x\n\n"),
        File("./var/lib/dpkg/info/tool.list", "/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/bin/sh\n"),
        File("./var/log/dpkg.log", "then\n"),
        new TarBytesEntry("./dev/null", '3') { DeviceMajor = 1, DeviceMinor = 3 },
        File("./srv/data", "mine") with { Uid = 1000, Gid = 1000 },
    ];

    public static byte[] Tar(IEnumerable<TarBytesEntry> entries) =>
        entries.Aggregate(new TarBytes(), (tar, entry) => tar.Add(entry)).ToArray();

    public static ImportSource Pipe(byte[] tar) =>
        new ImportSource.Archive(() => new Codecs.TrickleStream(tar, 1000)) { Name = "standard input" };

    public ImportSource OnDisk(string name, byte[] tar)
    {
        string path = Temp.Write(name, tar);
        return new ImportSource.Archive(() => System.IO.File.OpenRead(path)) { Name = name };
    }

    public ImportRequest Request(ImportSource source, string target = "oci:out:x") => new()
    {
        Source = source,
        Targets = [new ImageTarget(TargetParser.Parse(target, TestImage.Defaults(Temp)), LayerCompression.Gzip)],
        Profiles = ProfileLoader.List([Path.Combine(Checkout.Root, "distros")]),
        CacheDirectory = Temp["cache"],
        WorkDirectory = Temp.FullPath,
    };

    public static Task<ImportResult> ImportAsync(ImportRequest request) =>
        Importer.ImportAsync(request, new RecordedEvents(), TestContext.Current.CancellationToken);

    public static ImageConfig ConfigOf(ImportResult result) => ImageConfig.Parse(result.Images.Images[0].Config.Span);
}
