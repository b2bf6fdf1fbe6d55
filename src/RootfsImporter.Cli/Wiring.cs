using Microsoft.Win32.SafeHandles;
using RootfsImporter.Doctor;
using RootfsImporter.Importing;
using RootfsImporter.Linux;
using RootfsImporter.Profiles;
using RootfsImporter.Scratch;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli;

/// <summary>
/// The library's entry points that commands call, so that tests can put others in their place.
/// </summary>
internal sealed record Wiring
{
    /// <summary>The real ones.</summary>
    public static Wiring Library { get; } = new();

    /// <summary>Loads a profile by name or path, with a variant or null, from search directories.</summary>
    public Func<string, string?, IReadOnlyList<string>, Profile> LoadProfile { get; init; } =
        ProfileLoader.Load;

    /// <summary>Loads every profile of the search directories, sorted by name.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<Profile>> ListProfiles { get; init; } =
        ProfileLoader.List;

    /// <summary>A merged profile as YAML.</summary>
    public Func<Profile, string> PrintProfile { get; init; } = static profile => ProfileWriter.Write(profile);

    /// <summary>Reads a target as the user writes it.</summary>
    public Func<string, TargetDefaults, ITarget> ParseTarget { get; init; } = TargetParser.Parse;

    /// <summary>Reads a source as the user writes it.</summary>
    public Func<string, TargetDefaults, ISource> ParseSource { get; init; } = TargetParser.ParseSource;

    /// <summary>Runs a copy.</summary>
    public Func<CopyRequest, IProgress<BuildEvent>, CancellationToken, Task<CopyResult>> CopyAsync { get; init; } =
        Copier.CopyAsync;

    /// <summary>Runs an import.</summary>
    public Func<ImportRequest, IProgress<BuildEvent>, CancellationToken, Task<ImportResult>> ImportAsync { get; init; } =
        Importer.ImportAsync;

    /// <summary>Opens standard input; whoever calls it disposes the stream.</summary>
    public Func<Stream> OpenStandardInput { get; init; } =
        static () => new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>Whether standard input is a terminal, which sends no archive.</summary>
    public Func<bool> IsInputTerminal { get; init; } = static () => Terminal.IsTerminal(Terminal.StandardInput);

    /// <summary>Makes a minimal image.</summary>
    public Func<ScratchRequest, IProgress<BuildEvent>, CancellationToken, Task<ScratchResult>> MakeScratchAsync
    {
        get;
        init;
    } = ScratchMaker.MakeAsync;

    /// <summary>Runs a build.</summary>
    public Func<BuildRequest, IProgress<BuildEvent>, CancellationToken, Task<BuildResult>> BuildAsync
    {
        get;
        init;
    } = Pipeline.BuildAsync;

    /// <summary>
    /// Makes sure that a build runs as root, or as root of a user namespace: it may replace the process.
    /// </summary>
    public Func<CommonOptions, CancellationToken, Task> BecomeRootAsync { get; init; } =
        Rootless.BecomeRootAsync;

    /// <summary>Examines the host.</summary>
    public Func<Host, DoctorRequest, CancellationToken, Task<DoctorReport>> ExamineHostAsync { get; init; } =
        HostDoctor.ExamineAsync;

    /// <summary>The clock for support dates and rates.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
