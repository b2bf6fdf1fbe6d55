using System.Net;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages;

/// <summary>
/// A program of the host that makes a configured tree of a profile in one go. It knows how the program is to be called, and
/// calls nothing itself.
/// </summary>
public interface IBootstrapper
{
    /// <summary>The program's name, which is also that of the host's package: <c>mmdebstrap</c>.</summary>
    string Program { get; }

    /// <summary>Whether it needs to be root of the host, and not only of a user namespace.</summary>
    bool NeedsHostRoot { get; }

    /// <summary>The seal rules for what only this program leaves in a tree; they come before the family's.</summary>
    IReadOnlyList<SealRule> SealRules { get; }

    /// <summary>A directory whose files have the times of their packages, though the database lists them as nobody's: its own.</summary>
    RootPath ControlFiles { get; }

    /// <summary>
    /// How the program is called for a profile: a pure function. Throws <see cref="ProfileException"/> for what the profile
    /// asks and the program cannot do.
    /// </summary>
    BootstrapCommand Command(BootstrapRequest request);
}

/// <summary>What a bootstrapper is to make.</summary>
public sealed record BootstrapRequest
{
    /// <summary>The merged profile.</summary>
    public required Profile Profile { get; init; }

    /// <summary>The architecture.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>Where packages come from, one for each pocket in the profile's order; at least one.</summary>
    public required IReadOnlyList<Repository> Repositories { get; init; }

    /// <summary>Seconds since 1970 UTC; what scripts date is dated by it.</summary>
    public required long SourceDateEpoch { get; init; }

    /// <summary>The proxy for mirrors, or null for none.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Absolute path of the empty root directory, as the program finds it.</summary>
    public required string Root { get; init; }

    /// <summary>Absolute path of a directory for <see cref="BootstrapCommand.Files"/> and temporary files, likewise.</summary>
    public required string Scratch { get; init; }
}

/// <summary>One call of a bootstrapper's program.</summary>
public sealed record BootstrapCommand
{
    /// <summary>The arguments after the program's name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The complete environment but for <c>PATH</c>.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Files that have to be in the scratch directory, by name.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }

    /// <summary>What the user should know of the result, a sentence each without a full stop.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
