using RootfsImporter.Doctor;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli;

/// <summary>What targets take from their surroundings.</summary>
internal sealed record TargetDefaults
{
    /// <summary>Image name for targets that were given none.</summary>
    public required string Name { get; init; }

    /// <summary>Tag for targets that were given none.</summary>
    public required string Tag { get; init; }

    /// <summary>The Docker Engine's address.</summary>
    public required Uri DockerHost { get; init; }

    /// <summary>Whether an existing file or tag is replaced.</summary>
    public bool Overwrite { get; init; }
}

/// <summary>The library's entry points that commands call, so that tests can put others in their place.</summary>
internal sealed record Wiring
{
    /// <summary>The real ones.</summary>
    public static Wiring Library { get; } = new();

    /// <summary>Loads a profile by name or path, with a variant or null, from search directories.</summary>
    public Func<string, string?, IReadOnlyList<string>, Profile> LoadProfile { get; init; } =
        (name, _, _) => throw new NotImplementedException(name);

    /// <summary>Loads every profile of the search directories, sorted by name.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<Profile>> ListProfiles { get; init; } =
        directories => throw new NotImplementedException($"{directories}");

    /// <summary>A merged profile as YAML.</summary>
    public Func<Profile, string> PrintProfile { get; init; } =
        profile => throw new NotImplementedException(profile.Name);

    /// <summary>Reads a target as the user writes it.</summary>
    public Func<string, TargetDefaults, ITarget> ParseTarget { get; init; } =
        (text, _) => throw new NotImplementedException(text);

    /// <summary>Runs a build.</summary>
    public Func<BuildRequest, IProgress<BuildEvent>, CancellationToken, Task<BuildResult>> BuildAsync { get; init; } =
        Pipeline.BuildAsync;

    /// <summary>Makes sure that a build runs as root, or as root of a user namespace: it may replace the process.</summary>
    public Func<CommonOptions, CancellationToken, Task> BecomeRootAsync { get; init; } = Rootless.BecomeRootAsync;

    /// <summary>Examines the host.</summary>
    public Func<Host, DoctorRequest, CancellationToken, Task<DoctorReport>> ExamineHostAsync { get; init; } =
        HostDoctor.ExamineAsync;

    /// <summary>The clock for support dates and rates.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
