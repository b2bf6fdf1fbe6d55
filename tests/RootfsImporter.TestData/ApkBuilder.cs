// SHA-1 is what the format has.
#pragma warning disable CA5350

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Packages;

namespace RootfsImporter.TestData;

/// <summary>
/// Builds real .apk files of format v2 as abuild writes them: gzip members with the signature, the control part and the
/// data. A malformed one is the same with a defect: a raw entry, a field too many, a change of a member.
/// </summary>
public sealed class ApkBuilder(string package, string version = "1.0-r0", string architecture = "x86_64")
{
    private readonly List<(string Name, string Value)> _fields = [];
    private readonly List<TarBytesEntry> _scripts = [];
    private readonly List<TarBytesEntry> _data = [];
    private readonly HashSet<string> _directories = [];
    private ApkKey? _key;
    private Func<byte[], byte[]> _changeData = data => data;
    private Func<byte[], byte[]> _changeControl = control => control;
    private bool _hasDataHash = true;

    public string Package { get; } = package;

    public string Version { get; } = version;

    public string Architecture { get; } = architecture;

    /// <summary>When it was built, seconds since 1970 UTC.</summary>
    public long BuildTime { get; set; } = 1_700_000_000;

    /// <summary>Whether directories that lead to an entry are put before it, as abuild has them. On by default.</summary>
    public bool HasParents { get; set; } = true;

    /// <summary>The name in a repository.</summary>
    public string FileName => $"{Package}-{Version}.apk";

    /// <summary>Any field of .PKGINFO; a name may come again.</summary>
    public ApkBuilder Field(string name, string value)
    {
        _fields.Add((name, value));
        return this;
    }

    public ApkBuilder Depends(params string[] terms) => Fields("depend", terms);

    public ApkBuilder Provides(params string[] terms) => Fields("provides", terms);

    public ApkBuilder Replaces(params string[] terms) => Fields("replaces", terms);

    public ApkBuilder InstallIf(params string[] terms) => Field("install_if", string.Join(' ', terms));

    public ApkBuilder Triggers(params string[] globs) => Field("triggers", string.Join(' ', globs));

    /// <summary>A script: <c>pre-install</c>, <c>post-install</c>, <c>trigger</c> ...</summary>
    public ApkBuilder Script(string kind, string body) => ControlEntry(new TarBytesEntry("." + kind, '0')
    {
        Content = Encoding.UTF8.GetBytes(
            body.StartsWith("#!", StringComparison.Ordinal) ? body : $"#!/bin/sh\nset -e\n{body}\n"),
        Mode = 0x1ED,
    });

    /// <summary>An entry of the control part after .PKGINFO, as it is.</summary>
    public ApkBuilder ControlEntry(TarBytesEntry entry)
    {
        _scripts.Add(entry);
        return this;
    }

    public ApkBuilder File(
        string path, string content, int mode = 0x1A4, string user = "root", string group = "root", long uid = 0,
        long gid = 0, long time = 1_700_000_000) =>
        Entry(new TarBytesEntry(path, '0')
        {
            Content = Encoding.UTF8.GetBytes(content),
            Mode = mode,
            UserName = user,
            GroupName = group,
            Uid = uid,
            Gid = gid,
            ModifiedTime = time,
        });

    public ApkBuilder Directory(
        string path, int mode = 0x1ED, string user = "root", string group = "root", long uid = 0, long gid = 0)
    {
        _directories.Add(path.Trim('/') + "/");
        return Entry(new TarBytesEntry(path.Trim('/') + "/", '5')
        {
            Mode = mode,
            UserName = user,
            GroupName = group,
            Uid = uid,
            Gid = gid,
        });
    }

    public ApkBuilder Symlink(string path, string target) =>
        Entry(new TarBytesEntry(path, '2') { Mode = 0x1FF, LinkName = target });

    public ApkBuilder HardLink(string path, string target) => Entry(new TarBytesEntry(path, '1') { LinkName = target });

    /// <summary>
    /// An entry of the data part with the directories that lead to it and, for files and symbolic links, its checksum.
    /// </summary>
    public ApkBuilder Entry(TarBytesEntry entry)
    {
        if (HasParents)
        {
            AddParents(entry.Name);
        }

        if (entry.Type is not ('0' or '2'))
        {
            return RawEntry(entry);
        }

        byte[] summed = entry.Type == '2' ? Encoding.UTF8.GetBytes(entry.LinkName) : entry.Content;
        return RawEntry(entry with
        {
            Pax = new Dictionary<string, string>(entry.Pax)
            {
                ["APK-TOOLS.checksum.SHA1"] = Convert.ToHexStringLower(SHA1.HashData(summed)),
            },
        });
    }

    /// <summary>An entry of the data part, exactly as it is and without anything before it.</summary>
    public ApkBuilder RawEntry(TarBytesEntry entry)
    {
        _data.Add(entry);
        return this;
    }

    /// <summary>Signs the file, as the packages of a distribution are; by default it is unsigned.</summary>
    public ApkBuilder Sign(ApkKey key)
    {
        _key = key;
        return this;
    }

    /// <summary>Leaves out the field that vouches for the data part.</summary>
    public ApkBuilder WithoutDataHash()
    {
        _hasDataHash = false;
        return this;
    }

    /// <summary>Changes the compressed data part after the control part has vouched for it.</summary>
    public ApkBuilder SpoilData(Func<byte[], byte[]> change)
    {
        _changeData = change;
        return this;
    }

    /// <summary>Changes the compressed control part before it is signed and summed.</summary>
    public ApkBuilder ChangeControl(Func<byte[], byte[]> change)
    {
        _changeControl = change;
        return this;
    }

    /// <summary>The compressed signature, control and data parts; the first is empty when unsigned.</summary>
    public (byte[] Signature, byte[] Control, byte[] Data) BuildParts()
    {
        byte[] data = SystemCompressor.Compress(DataTar(), ".gz");
        byte[] control = _changeControl(SystemCompressor.Compress(ControlTar(data), ".gz"));
        return (_key?.SignatureMember(control) ?? [], control, _changeData(data));
    }

    public byte[] Build()
    {
        (byte[] signature, byte[] control, byte[] data) = BuildParts();
        return [.. signature, .. control, .. data];
    }

    /// <summary>What an index says of the file: <c>Q1</c> and the base64 of the SHA-1 of the control part.</summary>
    public string Checksum => "Q1" + Convert.ToBase64String(SHA1.HashData(BuildParts().Control));

    /// <summary>The record of the repository's index; ends with an empty line.</summary>
    public string IndexRecord()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"C:{Checksum}\nP:{Package}\nV:{Version}\nA:{Architecture}\n");
        text.Append(CultureInfo.InvariantCulture, $"S:{Build().Length}\nI:{InstalledSize}\nT:{Value("pkgdesc") ?? Package}\n");
        Line('U', Value("url") ?? "https://example.org/");
        Line('L', Value("license") ?? "MIT");
        Line('o', Value("origin"));
        Line('m', Value("maintainer"));
        text.Append(CultureInfo.InvariantCulture, $"t:{BuildTime}\n");
        Line('c', Value("commit"));
        Line('k', Value("provider_priority"));
        Line('D', Values("depend"));
        Line('p', Values("provides"));
        Line('i', Values("install_if"));
        return text.Append('\n').ToString();

        void Line(char letter, string? value)
        {
            if (value is not null)
            {
                text.Append(letter).Append(':').Append(value).Append('\n');
            }
        }
    }

    /// <summary>The package as a lock has it.</summary>
    public LockedPackage Locked(string suite = "v3/main", bool isRequested = true) => new()
    {
        Name = Package,
        Version = Version,
        Architecture = Architecture,
        Archive = "main",
        Pocket = "main",
        Path = $"{suite}/{(Architecture == "noarch" ? "x86_64" : Architecture)}/{FileName}",
        Size = Build().Length,
        Checksum = Checksum,
        Reason = isRequested ? "included" : "needed by another",
        IsRequested = isRequested,
    };

    /// <summary>Writes the file into a directory, and says what a Fetcher would.</summary>
    public FetchedPackage Fetched(TempDirectory directory, bool isRequested = true) =>
        new(Locked(isRequested: isRequested), directory.Write(FileName, Build()));

    private long InstalledSize => _data.Sum(entry => entry.Content.Length);

    private ApkBuilder Fields(string name, string[] values)
    {
        _fields.AddRange(values.Select(value => (name, value)));
        return this;
    }

    private string? Value(string name) => _fields.FirstOrDefault(field => field.Name == name).Value;

    private string? Values(string name) =>
        _fields.Where(field => field.Name == name).Select(field => field.Value).ToArray() is { Length: > 0 } values
            ? string.Join(' ', values)
            : null;

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

    private string PkgInfo(byte[] data) =>
        $"# Generated by abuild 3.13.0-r3\n# using fakeroot version 1.31\npkgname = {Package}\npkgver = {Version}\n"
        + string.Concat(new[] { ("pkgdesc", Package), ("url", "https://example.org/"), ("license", "MIT") }
            .Where(field => Value(field.Item1) is null).Select(field => $"{field.Item1} = {field.Item2}\n"))
        + $"builddate = {BuildTime}\npackager = Nobody <nobody@example.org>\nsize = {InstalledSize}\narch = {Architecture}\n"
        + string.Concat(_fields.Select(field => $"{field.Name} = {field.Value}\n"))
        + (_hasDataHash ? $"datahash = {Convert.ToHexStringLower(SHA256.HashData(data))}\n" : "");

    private byte[] ControlTar(byte[] data)
    {
        TarBytes tar = new();
        tar.Add(new TarBytesEntry(".PKGINFO", '0')
        {
            Content = Encoding.UTF8.GetBytes(PkgInfo(data)),
            Pax = new Dictionary<string, string> { ["ctime"] = "0", ["atime"] = "0" },
        });
        foreach (TarBytesEntry entry in _scripts)
        {
            tar.Add(entry);
        }

        return tar.ToArray(withEnd: false);
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
