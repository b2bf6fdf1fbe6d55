using RootfsImporter.Profiles;

namespace RootfsImporter.Net;

/// <summary>What mirrors are wanted for, and the ones that the user named.</summary>
public sealed record MirrorRequest
{
    /// <summary>The profile whose archives are wanted.</summary>
    public required Profile Profile { get; init; }

    /// <summary>The architecture that will be built.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>
    /// Mirrors by archive name that the user named, on the command line and then in the environment, which the caller
    /// read; before all others.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Uri>> Mirrors { get; init; } =
        new Dictionary<string, IReadOnlyList<Uri>>();

    /// <summary>The host's root directory, whose apt sources and debootstrap are read.</summary>
    public string HostRoot { get; init; } = "/";
}
