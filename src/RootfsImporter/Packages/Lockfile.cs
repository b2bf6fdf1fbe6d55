using RootfsImporter.Profiles;

namespace RootfsImporter.Packages;

/// <summary>One signed package source as it was read: a pocket of an archive, with its mirrors.</summary>
public sealed record Repository
{
    /// <summary>The pocket.</summary>
    public required Pocket Pocket { get; init; }

    /// <summary>Components to read.</summary>
    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>Archive root addresses, each with a trailing slash, tried in order; never recorded in a lock.</summary>
    public required IReadOnlyList<Uri> Mirrors { get; init; }

    /// <summary>The address that is written into the image's own sources, the same on every host; with a slash.</summary>
    public required Uri CanonicalMirror { get; init; }

    /// <summary>The keys of which one must have signed it.</summary>
    public required IReadOnlyList<PinnedKey> Keys { get; init; }
}

/// <summary>
/// The packages of one repository for one architecture, as its verified indexes describe them. Families derive
/// nothing from it but hold their own package records inside; stages see only this.
/// </summary>
public abstract record PackageIndex
{
    /// <summary>Where it came from.</summary>
    public required Repository Repository { get; init; }

    /// <summary>The digest of the signed root document (InRelease, APKINDEX.tar.gz).</summary>
    public required Digest SignedBy { get; init; }

    /// <summary>When the distribution published it, seconds since 1970 UTC.</summary>
    public required long Published { get; init; }
}

/// <summary>One package as locked: what to fetch and how to know it is right.</summary>
public sealed record LockedPackage
{
    /// <summary>Package name.</summary>
    public required string Name { get; init; }

    /// <summary>Full version.</summary>
    public required string Version { get; init; }

    /// <summary>The package's own architecture: <c>amd64</c>, <c>all</c>, <c>x86_64</c>, <c>noarch</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The archive's name in the profile.</summary>
    public required string Archive { get; init; }

    /// <summary>The pocket it was chosen from.</summary>
    public required string Pocket { get; init; }

    /// <summary>Path below the archive root: <c>pool/main/b/bash/bash_5.2_amd64.deb</c>.</summary>
    public required string Path { get; init; }

    /// <summary>File size, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>
    /// What the index says that the file must be, in its own spelling: <c>sha256:...</c> of a .deb, <c>Q1...</c> (the
    /// SHA-1 of the control part) of an .apk.
    /// </summary>
    public required string Checksum { get; init; }

    /// <summary>Why it is there: <c>essential</c>, <c>priority required</c>, <c>included</c>, or <c>needed by NAME</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>True for what the profile asked for by name, false for what a dependency brought (apt's "auto").</summary>
    public bool IsRequested { get; init; }

    /// <summary>Whether it is there only while the image is made (<c>buildOnly</c>), and removed before the layer is packed.</summary>
    public bool IsBuildOnly { get; init; }
}

/// <summary>One signed root document that a lock rests on.</summary>
public sealed record LockedIndex(string Archive, string Suite, Digest Digest, long Published);

/// <summary>
/// The exact packages of a build, in the order of installation. Mirror-relative: it names no host.
/// </summary>
public sealed record Lockfile
{
    /// <summary>The profile's name.</summary>
    public required string Profile { get; init; }

    /// <summary>The variant, or null.</summary>
    public string? Variant { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The newest publication time of the indexes: the build's SOURCE_DATE_EPOCH.</summary>
    public required long SourceDateEpoch { get; init; }

    /// <summary>The phased-update policy under which it was resolved.</summary>
    public required PhasedUpdates PhasedUpdates { get; init; }

    /// <summary>The signed documents.</summary>
    public required IReadOnlyList<LockedIndex> Indexes { get; init; }

    /// <summary>The packages, sorted by name (ordinal); of a derived image those that come on top of the base.</summary>
    public required IReadOnlyList<LockedPackage> Packages { get; init; }

    /// <summary>What the image stands on, or null when it is a base itself.</summary>
    public LockedBase? Base { get; init; }
}

/// <summary>The image that a derived one stands on.</summary>
/// <param name="Name">As the profile names it.</param>
/// <param name="Digest">The digest of its manifest.</param>
public sealed record LockedBase(string Name, Digest Digest);

/// <summary>A locked package whose verified file is in the cache.</summary>
/// <param name="Package">What it is.</param>
/// <param name="File">Absolute path of the file; read only, owned by the cache.</param>
public sealed record FetchedPackage(LockedPackage Package, string File);

/// <summary>The outcome of a resolve.</summary>
public abstract record Resolution
{
    private Resolution()
    {
    }

    /// <summary>A set that satisfies everything.</summary>
    public sealed record Solved(IReadOnlyList<LockedPackage> Packages) : Resolution
    {
        /// <summary>
        /// When the newest of the packages was built, seconds since 1970 UTC, where the index tells: the build's
        /// SOURCE_DATE_EPOCH, so that an index that changed elsewhere changes nothing. Null: it is the newest index's date.
        /// </summary>
        public long? NewestBuild { get; init; }
    }

    /// <summary>No set does; each reason is a chain such as <c>apt needs libapt (>= 3), of which 2.9 is the newest</c>.</summary>
    public sealed record Unsatisfiable(IReadOnlyList<string> Reasons) : Resolution;
}
