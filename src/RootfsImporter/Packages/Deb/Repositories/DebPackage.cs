using System.Buffers;
using System.Text;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>How a package relates to other architectures of itself (deb-control(5), "Multi-Arch").</summary>
internal enum MultiArch
{
    /// <summary>Absent or <c>no</c>.</summary>
    No,

    /// <summary>Several architectures of it can be installed.</summary>
    Same,

    /// <summary>It satisfies relations of other architectures.</summary>
    Foreign,

    /// <summary>It satisfies relations that say <c>:any</c>.</summary>
    Allowed,
}

/// <summary>
/// One binary package as a <c>Packages</c> index or dpkg's database describes it. Immutable. An index holds tens of thousands, of which
/// a build looks at a few hundred, so what is rarely asked for stays in one small byte array and is decoded on demand.
/// </summary>
internal sealed class DebPackage
{
    private static readonly SearchValues<char> EndsOfName = SearchValues.Create(" \t\r\n(:[<");

    private readonly byte[] _values;

    /// <summary>Takes over the values, which stand in the order of <see cref="DebField"/>, each ended by NUL.</summary>
    internal DebPackage(byte[] values) => _values = values;

    /// <summary>Package name.</summary>
    public required string Name { get; init; }

    /// <summary>Its own architecture: <c>amd64</c>, <c>all</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Whether the system that is built upon has it; then there is no file, digest or component.</summary>
    public bool IsInstalled { get; init; }

    /// <summary>Where it was listed.</summary>
    public required Repository Repository { get; init; }

    /// <summary>The component it was listed in: <c>main</c>.</summary>
    public required string Component { get; init; }

    /// <summary>The file's size, bytes.</summary>
    public required long Size { get; init; }

    /// <summary><c>Multi-Arch</c>.</summary>
    public MultiArch MultiArch { get; init; }

    /// <summary><c>Essential: yes</c>.</summary>
    public bool IsEssential { get; init; }

    /// <summary><c>Protected: yes</c>, formerly <c>Important: yes</c>.</summary>
    public bool IsProtected { get; init; }

    /// <summary><c>Priority</c>, empty when absent.</summary>
    public string Priority { get; init; } = "";

    /// <summary><c>Phased-Update-Percentage</c>, 0 to 100; 100 when absent.</summary>
    public int PhasedUpdatePercentage { get; init; } = 100;

    /// <summary>Whether it has a <c>Provides</c> field.</summary>
    public bool HasProvides { get; init; }

    /// <summary>Full version.</summary>
    public DebVersion Version => DebVersion.Parse(Text(DebField.Version));

    /// <summary>Path below the archive root; relative, and never out of it.</summary>
    public string Filename => Text(DebField.Filename);

    /// <summary>SHA-256 of the file.</summary>
    public Digest Digest => Digest.Parse(Text(DebField.Sha256));

    /// <summary><c>Section</c>, empty when absent.</summary>
    public string Section => Text(DebField.Section);

    /// <summary>The name of the source package.</summary>
    public string SourceName => Text(DebField.Source) is { Length: > 0 } source ? source.Split(' ', 2)[0] : Name;

    /// <summary>The version of the source package, which need not be that of the binary one.</summary>
    public string SourceVersion
    {
        get
        {
            string source = Text(DebField.Source);
            int open = source.IndexOf('(', StringComparison.Ordinal);
            return open < 0 ? Version.Text : source[(open + 1)..].Trim(' ', ')');
        }
    }

    /// <summary><c>Installed-Size</c> in KiB as estimated by the packager, or null.</summary>
    public long? InstalledKibibytes =>
        long.TryParse(Text(DebField.InstalledSize), out long size) && size >= 0 ? size : null;

    /// <summary><c>Pre-Depends</c>; throws <see cref="InvalidDataException"/> when malformed, as the others do.</summary>
    public IReadOnlyList<RelationGroup> PreDepends => Relations(DebField.PreDepends);

    /// <summary><c>Depends</c>.</summary>
    public IReadOnlyList<RelationGroup> Depends => Relations(DebField.Depends);

    /// <summary><c>Recommends</c>.</summary>
    public IReadOnlyList<RelationGroup> Recommends => Relations(DebField.Recommends);

    /// <summary><c>Conflicts</c>.</summary>
    public IReadOnlyList<RelationGroup> Conflicts => Relations(DebField.Conflicts);

    /// <summary><c>Breaks</c>.</summary>
    public IReadOnlyList<RelationGroup> Breaks => Relations(DebField.Breaks);

    /// <summary><c>Replaces</c>.</summary>
    public IReadOnlyList<RelationGroup> Replaces => Relations(DebField.Replaces);

    /// <summary><c>Provides</c>; the version of an <c>=</c> term is the version provided.</summary>
    public IReadOnlyList<RelationGroup> Provides => Relations(DebField.Provides);

    /// <summary>
    /// The names in <c>Provides</c>, without reading their versions: cheap enough to ask of every package. What is
    /// malformed may yield names that are none.
    /// </summary>
    public IEnumerable<string> ProvidedNames()
    {
        string provides = HasProvides ? Text(DebField.Provides) : "";
        for (int start = 0; start < provides.Length;)
        {
            int comma = provides.IndexOf(',', start);
            int end = comma < 0 ? provides.Length : comma;
            ReadOnlySpan<char> name = provides.AsSpan(start, end - start).Trim();
            int length = name.IndexOfAny(EndsOfName);
            yield return (length < 0 ? name : name[..length]).ToString();
            start = end + 1;
        }
    }

    /// <summary>Name, version and architecture.</summary>
    public override string ToString() => $"{Name} {Version} {Architecture}";

    private IReadOnlyList<RelationGroup> Relations(DebField field)
    {
        try
        {
            return RelationParser.Parse(Bytes(field), Architecture);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{Name} {Version}, {field}: {e.Message}", e);
        }
    }

    private string Text(DebField field) => Encoding.UTF8.GetString(Bytes(field));

    private ReadOnlySpan<byte> Bytes(DebField field)
    {
        ReadOnlySpan<byte> rest = _values;
        for (int skip = (int)field; skip > 0; skip--)
        {
            rest = rest[(rest.IndexOf((byte)0) + 1)..];
        }

        return rest[..rest.IndexOf((byte)0)];
    }
}
