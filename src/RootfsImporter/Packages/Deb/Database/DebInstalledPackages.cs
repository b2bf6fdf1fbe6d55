using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Deb.Database;

/// <summary>What dpkg's database says is installed, with all that a resolver has to know of it.</summary>
internal sealed record DebInstalledPackages : InstalledPackages
{
    private static readonly RootPath[] DpkgPrograms = [RootPath.Parse("usr/bin/dpkg"), RootPath.Parse("bin/dpkg")];

    private readonly Lazy<IReadOnlySet<RootPath>> _paths;

    private DebInstalledPackages(Lazy<IReadOnlySet<RootPath>> paths) => _paths = paths;

    /// <summary>In the place of an archive's pocket for what is installed.</summary>
    public static Repository Source { get; } = new()
    {
        Pocket = new Pocket { Name = "installed", Suite = "installed" },
        Components = [],
        Mirrors = [],
        CanonicalMirror = new Uri("file:///var/lib/dpkg/"),
        Keys = [],
    };

    /// <summary>The packages with their relations, in the order of <see cref="InstalledPackages.Packages"/>.</summary>
    public required IReadOnlyList<DebPackage> Details { get; init; }

    /// <summary>Whether the system has dpkg itself, without which nothing can be configured or removed.</summary>
    public required bool HasDpkg { get; init; }

    /// <inheritdoc/>
    public override IReadOnlySet<RootPath> Paths => _paths.Value;

    /// <summary>
    /// Reads a tree's database: <c>var/lib/dpkg/status</c>, and <c>status.d</c> as images without dpkg have it; null when
    /// there is none, or nothing is installed by it. Throws <see cref="PackageFormatException"/> for one that is malformed,
    /// and for a package that is neither installed nor gone.
    /// </summary>
    public static DebInstalledPackages? Read(RootTree tree)
    {
        List<DebPackage> details = [.. DpkgStatusFiles.Read(tree).Select(RequireInstalled).OfType<DebPackage>()];
        if (details.Count == 0)
        {
            return null;
        }

        details.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is not 0 and int order
            ? order
            : string.CompareOrdinal(a.Architecture, b.Architecture));
        RequireDistinct(details);
        return new DebInstalledPackages(new Lazy<IReadOnlySet<RootPath>>(() => DpkgFileLists.Read(tree, details)))
        {
            Packages = [.. details.Select(p => new InstalledPackage(p.Name, p.Version.Text, p.Architecture))],
            Details = details,
            HasDpkg = DpkgPrograms.Any(path => tree.Follow(path) is { Kind: EntryKind.File or EntryKind.HardLink }),
        };
    }

    private static DebPackage? RequireInstalled(DpkgStatusEntry entry) => entry.State switch
    {
        "installed" => entry.Package,
        "config-files" or "not-installed" => null,
        string state => throw new PackageFormatException(
            $"the package {entry.Name} of the base is {state}, not installed",
            "the base image was left in the middle of an installation; run 'dpkg --configure --pending' in it, or remove "
                + "the package there"),
    };

    private static void RequireDistinct(List<DebPackage> sorted)
    {
        for (int i = 1; i < sorted.Count; i++)
        {
            if (sorted[i].Name == sorted[i - 1].Name && sorted[i].Architecture == sorted[i - 1].Architecture)
            {
                throw new PackageFormatException(
                    $"the database of the base has {sorted[i].Name} for {sorted[i].Architecture} twice",
                    DpkgStatusFiles.DamagedHint);
            }
        }
    }
}
