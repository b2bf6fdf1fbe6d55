using RootfsImporter.Linux;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>A program of the host that was found to make trees.</summary>
internal sealed record OutsideEngine
{
    /// <summary>The map of a user namespace that maps every id to itself (user_namespaces(7)): the host's own.</summary>
    private static readonly string[] HostIds = ["0", "0", "4294967295"];

    /// <summary>How it is called.</summary>
    public required IBootstrapper Bootstrapper { get; init; }

    /// <summary>Absolute path of the program.</summary>
    public required string Path { get; init; }

    /// <summary>Its name and version, as it prints them: <c>mmdebstrap 1.3.5</c>.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// Finds the program that a build asks for; null for the native engine. Throws <see cref="ProfileException"/> for a
    /// profile that no such program can build, and <see cref="HostException"/> when the program is missing or may not do
    /// its work here.
    /// </summary>
    public static async Task<OutsideEngine?> FindAsync(
        BuildRequest request, IPackageFamily family, CancellationToken cancellationToken)
    {
        if (request.Engine == BuildEngine.Native)
        {
            return null;
        }

        string name = request.Engine.ToString().ToLowerInvariant();
        IBootstrapper bootstrapper = family.FindBootstrapper(request.Engine) ?? throw new ProfileException(
            $"{name} makes no systems of {request.Profile.Distribution} (packages of the family {family.Name})",
            "leave --engine out");
        CheckProfile(request.Profile, name);
        string path = ChildProcess.Find(bootstrapper.Program, request.SearchPath) ?? throw new HostException(
            $"the program {bootstrapper.Program} was not found", $"install {bootstrapper.Program}, or leave --engine out");
        if (bootstrapper.NeedsHostRoot && !IsHostRoot(await File.ReadAllTextAsync("/proc/self/uid_map", cancellationToken)))
        {
            throw new HostException(
                $"{bootstrapper.Program} makes device nodes, which only root of the host may",
                "run as root, or use --engine mmdebstrap or none");
        }

        return new OutsideEngine
        {
            Bootstrapper = bootstrapper,
            Path = path,
            Version = await VersionAsync(path, cancellationToken),
        };
    }

    /// <summary>
    /// What the program is asked for; where the tree is, is not known yet.
    /// </summary>
    public static BootstrapRequest Request(BuildRequest request, ImagePlan plan) =>
        Request(request, plan.Architecture, plan.Repositories, plan.Lockfile.SourceDateEpoch);

    /// <summary>Throws <see cref="ProfileException"/> for what the program cannot do, before anything is fetched.</summary>
    public void Check(BuildRequest request, Architecture architecture, IReadOnlyList<Repository> repositories) =>
        Bootstrapper.Command(Request(request, architecture, repositories, 0));

    /// <summary>Whether a uid_map is the one of the first user namespace.</summary>
    internal static bool IsHostRoot(string map) => Environment.IsPrivilegedProcess
        && map.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).SequenceEqual(HostIds);

    private static BootstrapRequest Request(
        BuildRequest request, Architecture architecture, IReadOnlyList<Repository> repositories, long epoch)
    {
        return new BootstrapRequest
        {
            Profile = request.Profile,
            Architecture = architecture,
            Repositories = repositories,
            SourceDateEpoch = epoch,
            Proxy = request.Proxy,
            Root = request.WorkDirectory,
            Scratch = request.WorkDirectory,
        };
    }

    private static void CheckProfile(Profile profile, string engine)
    {
        if (profile.Base is { } given)
        {
            throw new ProfileException(
                $"{engine} makes whole systems, and {profile.Name} stands on {given.Name}",
                given.Profile is null
                    ? "leave --engine out"
                    : $"leave --engine out, or build {given.Name} with it and name that image as the base");
        }

        if (profile.BuildOnly.Count > 0)
        {
            throw new ProfileException(
                $"{engine} cannot tell packages that stay from those that are there while the image is made (buildOnly)",
                "leave --engine or 'buildOnly:' out");
        }
    }

    private static async Task<string> VersionAsync(string path, CancellationToken cancellationToken)
    {
        ChildResult result = await new ChildProcess
        {
            FileName = path,
            Arguments = ["--version"],
            Environment = new Dictionary<string, string> { ["PATH"] = ChildProcess.SystemPath, ["LC_ALL"] = "C" },
        }.RunAsync(cancellationToken);
        return result.ExitCode == 0 && result.Output.Trim() is { Length: > 0 } version
            ? version.Split('\n')[0]
            : throw new HostException(
                $"{path} --version ended with exit status {result.ExitCode}: {result.ErrorOutput.Trim()}",
                "see whether the program works at all");
    }
}
