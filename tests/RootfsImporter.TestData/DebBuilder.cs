using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Packages;

namespace RootfsImporter.TestData;

/// <summary>
/// Builds real .deb files (deb(5)): an ar of <c>debian-binary</c>, a control tar and a data tar. A malformed
/// one is the same with a defect: a raw entry, a change of the ar archive, a cut.
/// </summary>
public sealed class DebBuilder(string package, string version = "1.0", string architecture = "amd64")
{
    private readonly List<(string Name, string Value)> _fields = [];
    private readonly List<(string Name, string Value)> _indexFields = [];
    private readonly List<TarBytesEntry> _control = [];
    private readonly List<TarBytesEntry> _data = [];
    private readonly HashSet<string> _directories = [];
    private readonly List<string> _conffiles = [];
    private readonly List<Action<ArBuilder>> _arDefects = [];
    private string _controlCompression = ".gz";
    private string _dataCompression = "";
    private string? _control822;
    private int? _cut;

    public string Package { get; } = package;

    public string Version { get; } = version;

    public string Architecture { get; } = architecture;

    /// <summary>
    /// Where the archive has it: <c>pool/main/b/bash/bash_5.2_amd64.deb</c>, without an epoch.
    /// </summary>
    public string PoolPath =>
        $"pool/main/{Package[0]}/{Package}/{Package}_{Version[(Version.IndexOf(':') + 1)..]}_{Architecture}.deb";

    /// <summary>
    /// Whether directories that lead to an entry are put before it, as dpkg-deb has them. On by default.
    /// </summary>
    public bool HasParents { get; set; } = true;

    public DebBuilder Field(string name, string value)
    {
        _fields.Add((name, value));
        return this;
    }

    public DebBuilder Essential() => Field("Essential", "yes");

    public DebBuilder Depends(string relations) => Field("Depends", relations);

    public DebBuilder Replaces(string relations) => Field("Replaces", relations);

    /// <summary>A field that only the archive's index has, such as Phased-Update-Percentage.</summary>
    public DebBuilder IndexField(string name, string value)
    {
        _indexFields.Add((name, value));
        return this;
    }

    /// <summary>The whole text of the control file, whatever else was said.</summary>
    public DebBuilder ControlText(string text)
    {
        _control822 = text;
        return this;
    }

    public DebBuilder Compress(string control, string data)
    {
        (_controlCompression, _dataCompression) = (control, data);
        return this;
    }

    public DebBuilder Script(string name, string body) =>
        ControlFile(name, body.StartsWith("#!", StringComparison.Ordinal) ? body : $"#!/bin/sh\nset -e\n{body}\n", 0x1ED);

    public DebBuilder Triggers(params string[] lines) =>
        ControlFile("triggers", string.Join('\n', lines) + "\n");

    public DebBuilder ControlFile(string name, string content, int mode = 0x1A4) => ControlEntry(
        new TarBytesEntry("./" + name, '0') { Content = Encoding.UTF8.GetBytes(content), Mode = mode });

    public DebBuilder ControlEntry(TarBytesEntry entry)
    {
        _control.Add(entry);
        return this;
    }

    public DebBuilder File(
        string path, string content, int mode = 0x1A4, long uid = 0, long gid = 0, long time = 1_700_000_000) =>
        Entry(new TarBytesEntry(Dotted(path), '0')
        {
            Content = Encoding.UTF8.GetBytes(content),
            Mode = mode,
            Uid = uid,
            Gid = gid,
            ModifiedTime = time,
        });

    /// <summary>A file that is also in <c>conffiles</c>; the path without a leading slash.</summary>
    public DebBuilder Conffile(string path, string content) => ConffileLine("/" + path).File(path, content);

    /// <summary>A line of <c>conffiles</c> alone.</summary>
    public DebBuilder ConffileLine(string line)
    {
        _conffiles.Add(line);
        return this;
    }

    public DebBuilder Directory(
        string path, int mode = 0x1ED, long uid = 0, long gid = 0, long time = 1_700_000_000)
    {
        _directories.Add(Dotted(path) + "/");
        return Entry(new TarBytesEntry(Dotted(path) + "/", '5') { Mode = mode, Uid = uid, Gid = gid, ModifiedTime = time });
    }

    public DebBuilder Symlink(string path, string target, long time = 1_700_000_000) => Entry(
        new TarBytesEntry(Dotted(path), '2') { Mode = 0x1FF, LinkName = target, ModifiedTime = time });

    public DebBuilder HardLink(string path, string target) =>
        Entry(new TarBytesEntry(Dotted(path), '1') { LinkName = Dotted(target) });

    public DebBuilder Fifo(string path, int mode = 0x180) =>
        Entry(new TarBytesEntry(Dotted(path), '6') { Mode = mode });

    /// <summary>A device node; the type is 3 for a character and 4 for a block device.</summary>
    public DebBuilder Device(string path, char type, int major, int minor) =>
        Entry(new TarBytesEntry(Dotted(path), type) { DeviceMajor = major, DeviceMinor = minor });

    /// <summary>An entry of the data archive, with the directories that lead to it.</summary>
    public DebBuilder Entry(TarBytesEntry entry)
    {
        if (HasParents)
        {
            AddParents(entry.Name);
        }

        return RawEntry(entry);
    }

    /// <summary>An entry of the data archive, exactly as it is and without anything before it.</summary>
    public DebBuilder RawEntry(TarBytesEntry entry)
    {
        _data.Add(entry);
        return this;
    }

    /// <summary>Changes the ar archive after its members are made.</summary>
    public DebBuilder Ar(Action<ArBuilder> change)
    {
        _arDefects.Add(change);
        return this;
    }

    /// <summary>Keeps only the first bytes.</summary>
    public DebBuilder Cut(int bytes)
    {
        _cut = bytes;
        return this;
    }

    /// <summary>The archive before it becomes bytes: to learn offsets from.</summary>
    public ArBuilder ToAr()
    {
        ArBuilder ar = new();
        ar.Add("debian-binary", "2.0\n"u8.ToArray())
            .Add("control.tar" + _controlCompression, SystemCompressor.Compress(ControlTar(), _controlCompression))
            .Add("data.tar" + _dataCompression, SystemCompressor.Compress(DataTar(), _dataCompression));
        foreach (Action<ArBuilder> change in _arDefects)
        {
            change(ar);
        }

        return ar;
    }

    public byte[] Build()
    {
        byte[] bytes = ToAr().ToArray();
        return _cut is int cut ? bytes[..cut] : bytes;
    }

    /// <summary>The paragraph of the archive's Packages file; ends with a line break.</summary>
    public string IndexParagraph(ReadOnlySpan<byte> file) =>
        ControlParagraph()
        + $"Filename: {PoolPath}\nSize: {file.Length.ToString(CultureInfo.InvariantCulture)}\n"
        + $"SHA256: {Convert.ToHexStringLower(SHA256.HashData(file))}\n"
        + string.Concat(_indexFields.Select(field => $"{field.Name}: {field.Value}\n"));

    /// <summary>The package as a lock has it.</summary>
    public LockedPackage Locked(ReadOnlySpan<byte> file, bool isRequested = true) => new()
    {
        Name = Package,
        Version = Version,
        Architecture = Architecture,
        Archive = "main",
        Pocket = "release",
        Path = PoolPath,
        Size = file.Length,
        Checksum = Digest.Of(file).ToString(),
        Reason = isRequested ? "included" : "needed by another",
        IsRequested = isRequested,
    };

    /// <summary>Writes the file into a directory, and says what a Fetcher would.</summary>
    public FetchedPackage Fetched(TempDirectory directory, bool isRequested = true)
    {
        byte[] bytes = Build();
        return new FetchedPackage(
            Locked(bytes, isRequested), directory.Write(Path.GetFileName(PoolPath), bytes));
    }

    private static string Dotted(string path) => "./" + path.Trim('/');

    private void AddParents(string name)
    {
        string[] components = name.TrimEnd('/').Split('/');
        for (int count = 1; count < components.Length; count++)
        {
            string parent = string.Join('/', components[..count]) + "/";
            if (_directories.Add(parent))
            {
                _data.Add(new TarBytesEntry(parent, '5') { Mode = 0x1ED });
            }
        }
    }

    private string ControlParagraph() => _control822
        ?? $"Package: {Package}\nVersion: {Version}\nArchitecture: {Architecture}\n"
            + string.Concat(_fields.Select(field => $"{field.Name}: {field.Value}\n"))
            + (_fields.Any(f => f.Name == "Maintainer") ? "" : "Maintainer: Nobody <nobody@example.org>\n")
            + (_fields.Any(f => f.Name == "Description") ? "" : $"Description: {Package} for tests\n");

    private byte[] ControlTar()
    {
        TarBytes tar = new();
        tar.Add(new TarBytesEntry("./", '5') { Mode = 0x1ED });
        tar.Add(new TarBytesEntry("./control", '0') { Content = Encoding.UTF8.GetBytes(ControlParagraph()) });
        if (_conffiles.Count > 0)
        {
            tar.Add(new TarBytesEntry("./conffiles", '0')
            {
                Content = Encoding.UTF8.GetBytes(string.Concat(_conffiles.Select(line => line + "\n"))),
            });
        }

        foreach (TarBytesEntry entry in _control)
        {
            tar.Add(entry);
        }

        return tar.ToArray();
    }

    private byte[] DataTar()
    {
        TarBytes tar = new();
        foreach (TarBytesEntry entry in _data)
        {
            tar.Add(entry);
        }

        return tar.ToArray();
    }
}
