using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>One file of a control archive.</summary>
internal sealed record DebControlMember(string Name, int Mode, long ModifiedTime, ReadOnlyMemory<byte> Content);

/// <summary>A line of <c>conffiles</c> (deb-conffiles(5)): a path, or one to remove when the package is upgraded.</summary>
internal sealed record DebConffile(RootPath Path, bool IsRemovedOnUpgrade)
{
    private const string RemoveOnUpgrade = "remove-on-upgrade ";

    /// <summary>Reads one line.</summary>
    public static DebConffile Parse(string line) => line.StartsWith(RemoveOnUpgrade, StringComparison.Ordinal)
        ? new DebConffile(RootPath.Parse(line.AsSpan(RemoveOnUpgrade.Length).Trim()), true)
        : new DebConffile(RootPath.Parse(line), false);
}

/// <summary>The control archive of a .deb (deb(5), deb-control(5)), read whole: it is small and bounded.</summary>
internal sealed class DebControl
{
    private readonly Deb822Paragraph _paragraph;
    private readonly Dictionary<string, IReadOnlyList<RelationGroup>> _relations = new(StringComparer.Ordinal);

    /// <summary>Reads the members; throws <see cref="InvalidDataException"/> when <c>control</c> is absent or wrong.</summary>
    public DebControl(IReadOnlyList<DebControlMember> members)
    {
        Members = members;
        DebControlMember control = Find("control") ?? throw new InvalidDataException("there is no control file");
        _paragraph = Parse(control);
        Package = Required("Package");
        Version = Required("Version");
        ParsedVersion = DebVersion.Parse(Version);
        Architecture = Required("Architecture");
        MultiArch = _paragraph["Multi-Arch"];
        Conffiles = [.. Lines("conffiles").Select(DebConffile.Parse)];
        TriggerInterests = [.. Lines("triggers").Select(ParseInterest).OfType<(string, bool)>()];
        foreach (string field in (string[])["Pre-Depends", "Depends", "Provides", "Replaces"])
        {
            _relations.Add(field, ParseRelations(field));
        }
    }

    /// <summary>All files, <c>control</c> included, in the archive's order.</summary>
    public IReadOnlyList<DebControlMember> Members { get; }

    /// <summary>Package name.</summary>
    public string Package { get; }

    /// <summary>Full version.</summary>
    public string Version { get; }

    /// <summary><see cref="Version"/>, ready to be compared.</summary>
    public DebVersion ParsedVersion { get; }

    /// <summary>The package's architecture, or <c>all</c>.</summary>
    public string Architecture { get; }

    /// <summary><c>same</c>, <c>foreign</c>, <c>allowed</c>, <c>no</c> or null.</summary>
    public string? MultiArch { get; }

    /// <summary>Configuration files (deb-conffiles(5)).</summary>
    public IReadOnlyList<DebConffile> Conffiles { get; }

    /// <summary>Triggers that it is interested in, and whether the interest is awaited (deb-triggers(5)).</summary>
    public IReadOnlyList<(string Trigger, bool IsAwaited)> TriggerInterests { get; }

    /// <summary>The fields of the control file in order, values exactly as they stand after the colon.</summary>
    public IEnumerable<(string Name, string RawValue)> Fields =>
        Enumerable.Range(0, _paragraph.Count)
            .Select(i => (_paragraph.NameText(i), Encoding.UTF8.GetString(_paragraph.RawValue(i))));

    /// <summary>A field's value, or null.</summary>
    public string? this[string field] => _paragraph[field];

    /// <summary>A file by name, or null.</summary>
    public DebControlMember? Find(string name) => Members.FirstOrDefault(m => m.Name == name);

    /// <summary>Throws <see cref="InvalidDataException"/> unless this is the locked package.</summary>
    public void CheckIs(LockedPackage package)
    {
        if (Package != package.Name || Version != package.Version || Architecture != package.Architecture)
        {
            throw new InvalidDataException(
                $"the file holds {Package} {Version} {Architecture}, but the index promised "
                    + $"{package.Name} {package.Version} {package.Architecture}");
        }
    }

    /// <summary>
    /// The relations of <c>Pre-Depends</c>, <c>Depends</c>, <c>Provides</c> or <c>Replaces</c>; empty when it is absent.
    /// </summary>
    public IReadOnlyList<RelationGroup> Relations(string field) => _relations[field];

    /// <summary>What the order of installation has to know.</summary>
    public DebOrderItem ForOrder() => DebOrderItem.Of(_paragraph, Architecture);

    /// <summary>Whether it may take over files of another package (deb-control(5), Replaces).</summary>
    public bool Replaces(DebControl other) => Relations("Replaces").Any(group => group.Alternatives.Any(
        relation => relation.Name == other.Package && relation.Accepts(other.ParsedVersion)));

    private static Deb822Paragraph Parse(DebControlMember control)
    {
        try
        {
            return Deb822.ParseSingle(control.Content.ToArray());
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"the control file: {exception.Message}", exception);
        }
    }

    private static (string, bool)? ParseInterest(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        (string Trigger, bool)? interest = words is [string directive, string trigger]
            ? directive switch
            {
                "interest" or "interest-await" => (trigger, true),
                "interest-noawait" => (trigger, false),
                _ => null,
            }
            : null;

        // dpkg keeps the interested packages of a trigger in a file of its name, beside files of its own.
        return interest is { } named && !named.Trigger.StartsWith('/')
            && (named.Trigger.Contains('/') || named.Trigger is "." or ".." or "File" or "Lock" or "Unincorp")
            ? throw new InvalidDataException($"'{named.Trigger}' cannot be the name of a trigger")
            : interest;
    }

    private IReadOnlyList<RelationGroup> ParseRelations(string field)
    {
        try
        {
            return _paragraph[field] is string value ? RelationParser.Parse(value, Architecture) : [];
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"the control file's {field}: {exception.Message}", exception);
        }
    }

    private string Required(string field) => _paragraph[field] is { Length: > 0 } value
        ? value
        : throw new InvalidDataException($"the control file has no {field}");

    private IEnumerable<string> Lines(string member) => Find(member) is DebControlMember file
        ? Encoding.UTF8.GetString(file.Content.Span)
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'))
        : [];
}
