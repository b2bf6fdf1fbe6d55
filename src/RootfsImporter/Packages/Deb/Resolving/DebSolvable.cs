using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>
/// A version of a package as the solver sees it: one that the policy (architecture, pins, exclusions, phasing)
/// allows. Compared by reference; each is made once by its <see cref="DebUniverse"/>.
/// </summary>
internal sealed class DebSolvable(DebPackage package, int id, bool isCandidate)
{
    /// <summary>What the index says of it.</summary>
    public DebPackage Package { get; } = package;

    /// <summary>A number from 0 in the order of discovery.</summary>
    public int Id { get; } = id;

    /// <summary>Whether it is the newest allowed version, the one that apt calls the candidate.</summary>
    public bool IsCandidate { get; } = isCandidate;

    /// <summary>The package's name.</summary>
    public string Name => Package.Name;

    /// <summary>Its version.</summary>
    public DebVersion Version { get; } = package.Version;

    /// <summary>Name and version.</summary>
    public override string ToString() => $"{Name} {Version}";
}
