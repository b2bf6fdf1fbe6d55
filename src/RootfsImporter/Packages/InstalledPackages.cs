using RootfsImporter.Files;

namespace RootfsImporter.Packages;

/// <summary>
/// What the database of a root says is installed. Families derive their own from it; others see only this.
/// </summary>
public abstract record InstalledPackages
{
    /// <summary>The packages, sorted by name (ordinal).</summary>
    public required IReadOnlyList<InstalledPackage> Packages { get; init; }

    /// <summary>
    /// Where the files, directories and links really lie that the packages brought, as the database lists them; read when
    /// first asked for. Throws <see cref="PackageFormatException"/> for lists that cannot be read.
    /// </summary>
    public abstract IReadOnlySet<RootPath> Paths { get; }
}

/// <summary>One installed package.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The full version.</param>
/// <param name="Architecture">Its own architecture: <c>amd64</c>, <c>all</c>, <c>x86_64</c>, <c>noarch</c>.</param>
public sealed record InstalledPackage(string Name, string Version, string Architecture);
