using System.Collections;
using System.CommandLine;
using System.Globalization;
using Mono.Unix.Native;
using RootfsImporter.Linux;
using RootfsImporter.Profiles;
using RootfsImporter.Targets.Stores;

namespace RootfsImporter.Cli;

/// <summary>How results are printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON document.</summary>
    Json,
}

/// <summary>When colours are used.</summary>
internal enum ColorChoice
{
    /// <summary>On a terminal, unless NO_COLOR is set.</summary>
    Auto,

    /// <summary>Also in files and pipes.</summary>
    Always,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>
/// The options that every command has, and the environment: this is the only place that reads environment
/// variables. (Proxies are the exception: <see cref="System.Net.Http.HttpClient.DefaultProxy"/> reads them.)
/// </summary>
internal sealed class CommonOptions(
    IReadOnlyDictionary<string, string> environment, bool isOutputTerminal, bool isErrorTerminal)
{
    /// <summary>What a date is written as, for messages.</summary>
    public const string ExpectedEpoch = "whole seconds since 1970-01-01 UTC, up to 253402300799 (the year 9999)";

    private const long LastSecond = 253_402_300_799;
    private const string MirrorVariable = "ROOTFS_IMPORTER_MIRROR";
    private const string ContainersAuthFile = "containers/auth.json";

    /// <summary><c>--format</c>.</summary>
    public Option<OutputFormat> Format { get; } = Choice.Option(
        "--format", "How results are printed on standard output",
        [("text", OutputFormat.Text), ("json", OutputFormat.Json)], recursive: true);

    /// <summary><c>--color</c>.</summary>
    public Option<ColorChoice> Color { get; } = Choice.Option(
        "--color", "When colors are used; auto obeys NO_COLOR",
        [("auto", ColorChoice.Auto), ("always", ColorChoice.Always), ("never", ColorChoice.Never)],
        recursive: true);

    /// <summary>Whether standard error is a terminal that understands control sequences.</summary>
    public bool IsErrorTerminal => isErrorTerminal && Read(environment, "TERM") is not (null or "dumb");

    private bool IsOutputTerminal => isOutputTerminal && Read(environment, "TERM") is not (null or "dumb");

    /// <summary>
    /// SOURCE_DATE_EPOCH, seconds since 1970 UTC, or null (reproducible-builds.org/specs/source-date-epoch).
    /// </summary>
    public long? SourceDateEpoch => Read(environment, "SOURCE_DATE_EPOCH") is not string text
        ? null
        : TryParseEpoch(text, out long seconds)
            ? seconds
            : throw new ProfileException(
                $"the environment variable SOURCE_DATE_EPOCH is '{text}'",
                $"set it to {ExpectedEpoch}, or unset it");

    /// <summary>The Docker Engine's address.</summary>
    public Uri DockerHost => Read(environment, "DOCKER_HOST") is not string text
        ? new Uri("unix:///var/run/docker.sock")
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? host)
            ? host
            : throw new ProfileException(
                $"the environment variable DOCKER_HOST is '{text}'",
                "set it to an address such as unix:///run/docker.sock");

    /// <summary>containerd's socket.</summary>
    public string ContainerdAddress => ContainerdSocket.Of(environment);

    /// <summary>Where downloads and reusable results are kept.</summary>
    public string CacheDirectory => Path.GetFullPath(Path.Combine(
        Read(environment, "XDG_CACHE_HOME") is string cache && Path.IsPathFullyQualified(cache)
            ? cache
            : Path.Combine(Home, ".cache"),
        "rootfs-importer"));

    /// <summary>
    /// Where a build's temporary tree is made: /var/tmp is meant for large files, /tmp is often memory.
    /// </summary>
    public string WorkDirectory => Path.GetFullPath(Read(environment, "TMPDIR") ?? "/var/tmp");

    /// <summary>Where programs are searched.</summary>
    /// <remarks>A plain user's PATH often lacks the directories of root's programs.</remarks>
    public string SearchPath => $"{Read(environment, "PATH") ?? "/usr/bin:/bin"}:/usr/sbin:/sbin";

    /// <summary>Set by <see cref="Rootless"/> for the program that it starts.</summary>
    public bool IsInsideUserNamespace => Read(environment, Rootless.Marker) is not null;

    /// <summary>
    /// Where credentials for registries are looked for, in the order of containers-auth.json(5): the one file that is
    /// named, or else those of containers, then Docker's.
    /// </summary>
    public IReadOnlyList<string> AuthFiles => Read(environment, "REGISTRY_AUTH_FILE") is string named
        ? [Path.GetFullPath(named)]
        :
        [
            .. ((string[])
            [
                Read(environment, "XDG_RUNTIME_DIR") is string runtime
                    ? Path.Combine(runtime, ContainersAuthFile)
                    : $"/run/containers/{UserId}/auth.json",
                Path.Combine(Read(environment, "XDG_CONFIG_HOME") ?? Path.Combine(Home, ".config"), ContainersAuthFile),
                Path.Combine(Home, ".config", ContainersAuthFile),
                Path.Combine(Read(environment, "DOCKER_CONFIG") ?? Path.Combine(Home, ".docker"), "config.json"),
            ]).Select(Path.GetFullPath).Distinct(StringComparer.Ordinal),
        ];

    /// <summary>
    /// The environment of programs that do something for the user as the user (podman, ctr, credential helpers): all of the
    /// user's, since no list could name what each of them reads.
    /// </summary>
    /// <remarks>
    /// In our user namespace, podman, buildah and skopeo would take themselves for root's and look for root's store. It maps
    /// the ids that they would map, so they are told what they tell what <c>podman unshare</c> runs.
    /// </remarks>
    public IReadOnlyDictionary<string, string> ProgramEnvironment
    {
        get
        {
            Dictionary<string, string> programs = new(environment, StringComparer.Ordinal) { ["PATH"] = SearchPath };
            if (programs.Remove(Rootless.Marker, out string? userId))
            {
                programs["_CONTAINERS_USERNS_CONFIGURED"] = "done";
                programs["_CONTAINERS_ROOTLESS_UID"] = userId;
            }

            return programs;
        }
    }

    /// <summary>Every variable, for a program that continues this one.</summary>
    public IReadOnlyDictionary<string, string> Environment => environment;

    /// <summary>The user's id outside any user namespace of ours, in which it is 0.</summary>
    private string UserId => Read(environment, Rootless.Marker)
        ?? Syscall.geteuid().ToString(CultureInfo.InvariantCulture);

    private string Home => Read(environment, "HOME") ?? System.Environment.GetFolderPath(
        System.Environment.SpecialFolder.UserProfile);

    /// <summary>The options and environment of this process.</summary>
    public static CommonOptions OfProcess()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return new CommonOptions(
            environment,
            Terminal.IsTerminal(Terminal.StandardOutput),
            Terminal.IsTerminal(Terminal.StandardError));
    }

    /// <summary>Reads whole seconds since 1970 that a date of a document can say.</summary>
    public static bool TryParseEpoch(string text, out long seconds) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
        && seconds <= LastSecond;

    /// <summary>Whether messages on standard error are coloured.</summary>
    public bool UsesColor(ColorChoice choice) => UsesColor(choice, IsErrorTerminal);

    /// <summary>Whether results on standard output are coloured.</summary>
    public bool UsesOutputColor(ColorChoice choice) => UsesColor(choice, IsOutputTerminal);

    /// <summary>
    /// The mirrors that the environment names, by archive: ROOTFS_IMPORTER_MIRROR for <c>main</c>,
    /// ROOTFS_IMPORTER_MIRROR_SECURITY for <c>security</c> and so on; several are parted by blanks.
    /// </summary>
    public IEnumerable<MirrorArgument> Mirrors()
    {
        foreach ((string name, string value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (name != MirrorVariable && !name.StartsWith(MirrorVariable + "_", StringComparison.Ordinal))
            {
                continue;
            }

            string archive = name == MirrorVariable
                ? MirrorArgument.DefaultArchive
                : name[(MirrorVariable.Length + 1)..].ToLowerInvariant().Replace('_', '-');
            foreach (string address in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                yield return MirrorArgument.TryParse($"{archive}={address}", out MirrorArgument? mirror)
                    ? mirror
                    : throw new ProfileException(
                        $"the environment variable {name} holds '{address}'", MirrorArgument.Expected);
            }
        }
    }

    /// <summary>
    /// Where profiles are searched: ROOTFS_IMPORTER_PROFILES (parted by colons), beside the program, and in
    /// the checkout that the program was built in.
    /// </summary>
    public IReadOnlyList<string> ProfileDirectories() =>
        // The copy beside the program and the checkout's are the same files: the first that exists is enough.
        [.. (Read(environment, "ROOTFS_IMPORTER_PROFILES") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFullPath)
            .Concat(ShippedDirectories()).Where(Directory.Exists).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether a profile that was loaded by this name or path is one that the tool came with.</summary>
    public bool IsShipped(string nameOrPath, string profileName)
    {
        string? directory = ProfileLocator.IsPath(nameOrPath)
            ? Path.GetDirectoryName(Path.GetFullPath(nameOrPath))
            : ProfileDirectories().FirstOrDefault(d => File.Exists(Path.Combine(d, profileName + ProfileFile.Extension)));
        return directory is not null && ShippedDirectories().Contains(directory);
    }

    /// <summary>The distributions, then the examples that stand on them.</summary>
    private static IEnumerable<string> ShippedDirectories() =>
        ShippedRoots().SelectMany(root => new[] { root, Path.Combine(root, "examples") });

    private static IEnumerable<string> ShippedRoots()
    {
        const string Folder = "distros";
        yield return Path.Combine(AppContext.BaseDirectory, Folder);
        for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            if (File.Exists(Path.Combine(above.FullName, "RootfsImporter.sln")))
            {
                yield return Path.Combine(above.FullName, Folder);
                break;
            }
        }
    }

    private bool UsesColor(ColorChoice choice, bool isTerminal) => choice switch
    {
        ColorChoice.Always => true,
        ColorChoice.Never => false,
        // no-color.org: present and not empty, whatever its value.
        _ => isTerminal && Read(environment, "NO_COLOR") is null,
    };

    private static string? Read(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
