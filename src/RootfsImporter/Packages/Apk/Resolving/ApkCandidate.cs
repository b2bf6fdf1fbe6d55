using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Repositories;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>A term of a package's list, or of the world, with the name that it is about.</summary>
/// <param name="Dependency">The term.</param>
/// <param name="Name">The name.</param>
/// <param name="IsOfBase">Whether it is of the world of what is installed, and not asked for now.</param>
internal readonly record struct ApkTerm(ApkDependency Dependency, ApkName Name, bool IsOfBase = false);

/// <summary>
/// One package as the search sees it. Tags are bits: 1 is that of all repositories without one, then those of the
/// repositories in their order. Compared by reference; each is made once by its <see cref="ApkUniverse"/>.
/// </summary>
internal sealed class ApkCandidate(ApkPackage package, ApkName name, int repository)
{
    /// <summary>The tag bit of repositories without a tag.</summary>
    public const ulong Untagged = 1;

    /// <summary>The number of <see cref="Repository"/> for what no index has.</summary>
    public const int NoRepository = int.MaxValue;

    /// <summary>What the index, or else the database of what is installed, says of it.</summary>
    public ApkPackage Package { get; } = package;

    /// <summary>Its own name.</summary>
    public ApkName Name { get; } = name;

    /// <summary>The first repository that has it, from 0 in the profile's order.</summary>
    public int Repository { get; } = repository;

    /// <summary>Whether it is installed.</summary>
    public bool IsInstalled { get; set; }

    /// <summary>The tags of all repositories that have it.</summary>
    public ulong Tags { get; set; }

    /// <summary>What it provides beside its own name.</summary>
    public IReadOnlyList<(ApkName Name, ApkVersion? Version)> Provides { get; set; } = [];

    /// <summary>What it needs and refuses; known once it is seen.</summary>
    public IReadOnlyList<ApkTerm> Depends { get; set; } = [];

    /// <summary>What makes it come by itself; known once it is seen.</summary>
    public IReadOnlyList<ApkTerm> InstallIf { get; set; } = [];

    /// <summary>Why it can never be chosen, whatever else is; or null.</summary>
    public string? Unusable { get; set; }

    /// <summary>Whether it is reachable from the world.</summary>
    public bool IsSeen { get; set; }

    /// <summary>Whether it may still be chosen.</summary>
    public bool IsSelectable { get; set; }

    /// <summary>Whether its dependencies are in force already, it being the only option for a name.</summary>
    public bool IsForced { get; set; }

    /// <summary>Whether it was among the options when a name of it was last looked at.</summary>
    public bool WasOption { get; set; }

    /// <summary>Whether all of its install_if hold.</summary>
    public bool IsTriggered { get; set; }

    /// <summary>Whether an install_if of it cannot hold any more, or it has none.</summary>
    public bool IsBeyondTriggers { get; set; }

    /// <summary>The tags that it, and what it needs, may be taken from.</summary>
    public ulong AllowedTags { get; set; } = Untagged;

    /// <summary>Whether it is in a repository that it may be taken from.</summary>
    public bool IsTagAllowed { get; set; }

    /// <summary>Whether it is in a repository that it is best taken from.</summary>
    public bool IsTagPreferred { get; set; }

    /// <summary>Name and version.</summary>
    public override string ToString() => $"{Package.Name} {Package.Version}";
}
