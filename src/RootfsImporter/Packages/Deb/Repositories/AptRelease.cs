namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>One suite as it was read and verified, with its package indexes in the cache.</summary>
internal sealed record AptRelease
{
    /// <summary>The verified Release file.</summary>
    public required ReleaseFile Release { get; init; }

    /// <summary>The digest of the signed document as it was fetched: InRelease, or else Release.</summary>
    public required Digest SignedBy { get; init; }

    /// <summary>Its date, seconds since 1970 UTC.</summary>
    public long Published => Release.Date.ToUnixTimeSeconds();

    /// <summary>The package indexes, in the order of the repository's components.</summary>
    public required IReadOnlyList<AptPackagesFile> PackagesFiles { get; init; }
}

/// <summary>One verified Packages index.</summary>
/// <param name="Component">The component whose packages it lists: <c>main</c>.</param>
/// <param name="Path">Absolute path of the file in the cache; read only.</param>
/// <param name="Extension">How it is compressed: <c>.xz</c>, <c>.zst</c>, <c>.gz</c>, or empty for not at all.</param>
internal sealed record AptPackagesFile(string Component, string Path, string Extension);
