namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>The packages of one pocket for one architecture, as its verified <c>Packages</c> indexes list them.</summary>
internal sealed record DebIndex : PackageIndex
{
    /// <summary>The packages of all components, in the order of the indexes.</summary>
    public required IReadOnlyList<DebPackage> Packages { get; init; }
}
