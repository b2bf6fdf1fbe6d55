using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Database;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Packages.Deb.Resolving;
using RootfsImporter.Profiles;
using RootfsImporter.Tests.Sealing;

namespace RootfsImporter.Tests.Packages.Deb.Resolving;

/// <summary>
/// A small archive written as text, to be resolved. A stanza is one line: the name, the version, then fields
/// separated by semicolons, <c>Architecture: all</c> and the file's fields being added.
/// </summary>
internal sealed class DebWorld
{
    private const string Sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private readonly List<DebIndex> _indexes = [];
    private DebInstalledPackages? _installed;

    public DebWorld(params string[] stanzas) => Pocket("release", stanzas);

    public PackageSelection Selection { get; set; } = new() { Essential = true, Priorities = ["required"] };

    public bool HasDpkg { get; init; } = true;

    public DebWorld Pocket(string name, params string[] stanzas)
    {
        Repository repository = new()
        {
            Pocket = new Pocket { Name = name, Suite = name == "release" ? "sid" : $"sid-{name}" },
            Components = ["main"],
            Mirrors = [],
            CanonicalMirror = new Uri("http://canonical.example/"),
            Keys = [],
        };
        using MemoryStream text = new(Encoding.UTF8.GetBytes(string.Concat(stanzas.Select(Stanza))));
        _indexes.Add(new DebIndex
        {
            Repository = repository,
            SignedBy = Digest.Of([]),
            Published = 0,
            Packages = DebIndexParser.Parse(text, repository, "main"),
        });
        return this;
    }

    public DebWorld Include(params string[] terms)
    {
        Selection = Selection with { Include = terms };
        return this;
    }

    public DebWorld Select(Func<PackageSelection, PackageSelection> change)
    {
        Selection = change(Selection);
        return this;
    }

    /// <summary>What the base has, as stanzas of one line; of architecture all unless one says otherwise.</summary>
    public DebWorld Installed(params string[] stanzas)
    {
        SealFixture tree = new SealFixture().File(
            "var/lib/dpkg/status",
            string.Concat(stanzas.Select(line => Stanza(line).Replace(
                "Filename:", "Status: install ok installed\nFilename:", StringComparison.Ordinal))));
        _installed = DebInstalledPackages.Read(new RootTree((HasDpkg ? tree.File("usr/bin/dpkg") : tree).Tree));
        return this;
    }

    public Resolution Resolve() =>
        DebResolver.Resolve(Selection, Architecture.Parse("amd64"), _indexes, _installed);

    /// <summary>The chosen packages, sorted: <c>a=1 b=2</c>.</summary>
    public string Solved() => string.Join(' ', Locked().Select(p => $"{p.Name}={p.Version}"));

    public IReadOnlyList<LockedPackage> Locked() => Resolve() switch
    {
        Resolution.Solved solved => solved.Packages,
        Resolution.Unsatisfiable no => throw new Xunit.Sdk.XunitException(string.Join('\n', no.Reasons)),
        _ => throw new InvalidOperationException(),
    };

    public IReadOnlyList<string> Reasons() =>
        Assert.IsType<Resolution.Unsatisfiable>(Resolve()).Reasons;

    private static string Stanza(string line)
    {
        string[] parts = line.Split(';', StringSplitOptions.TrimEntries);
        string[] head = parts[0].Split(' ');
        string architecture = line.Contains("Architecture:", StringComparison.Ordinal) ? "" : "Architecture: all\n";
        return $"Package: {head[0]}\nVersion: {head[1]}\n{architecture}"
            + $"Filename: pool/{head[0]}_{head[1].Replace(':', '-')}.deb\nSize: 1\nSHA256: {Sha256}\n"
            + string.Concat(parts.Skip(1).Select(p => p + "\n")) + "\n";
    }
}
