using System.Diagnostics;
using System.Text.Json;
using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.Linux;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// The same profile by each engine, on the real archives: sealed layers compared path by path, with all that a layer says of
/// a path. What may differ is here, and nowhere else.
/// </summary>
public sealed class EngineTests(TestUser user) : IClassFixture<TestUser>
{
    private const string LinkTimes = "the links are made before base-files, which has them too, is unpacked; theirs have its time";

    /// <summary>Paths that differ in mmdebstrap's layers, by profile, and why.</summary>
    private static readonly Dictionary<string, (string Path, string Reason)[]> OfMmdebstrap = new()
    {
        ["debian-12"] = [],
        ["ubuntu-22.04"] = [("/etc/shells", "a line for each shell, in the order in which their packages were configured")],
        ["ubuntu-24.04"] = [("/bin", LinkTimes), ("/lib", LinkTimes), ("/lib64", LinkTimes), ("/sbin", LinkTimes)],
    };

    /// <summary>Paths that differ in debootstrap's layers, and why.</summary>
    private static readonly (string Path, string Reason)[] OfDebootstrap =
    [
        ("/var/lib/apt/extended_states", "debootstrap installs without apt, which therefore knows nothing"),
        ("/var/lib/dpkg/arch", "dpkg takes the architecture that it was built for; mmdebstrap and we say it"),
        ("/var/lib/dpkg/status", "priorities are the archive's, whose index debootstrap gives to dpkg, not the packages' own"),
    ];

    [Theory]
    [InlineData("debian-12")]
    [InlineData("ubuntu-22.04")]
    [InlineData("ubuntu-24.04")]
    public async Task A_profile_by_mmdebstrap_is_the_native_image_but_for_what_is_listed(string profile)
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Program("mmdebstrap").OrSkip();
        using TempDirectory directory = new();
        BuildResult native = await BuildAsync(directory, Load(profile), BuildEngine.Native);
        BuildResult outside = await BuildAsync(directory, Load(profile), BuildEngine.Mmdebstrap);

        Assert.Equal(Packages(native), Packages(outside));
        await DiffersAsAsync(OfMmdebstrap[profile], directory, BuildEngine.Mmdebstrap);
        Assert.Equal(OfMmdebstrap[profile].Length == 0, native.Images.Root.Digest == outside.Images.Root.Digest);
    }

    [Fact]
    public async Task The_release_pocket_of_Debian_12_by_debootstrap_is_the_native_image_but_for_what_is_listed()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Program("debootstrap").OrSkip();
        Profile profile = Load("debian-12");
        profile = profile with { Pockets = [.. profile.Pockets.Where(pocket => pocket.Name == "release")] };
        using TempDirectory directory = new();
        BuildResult native = await BuildAsync(directory, profile, BuildEngine.Native);
        BuildResult outside = await BuildAsync(directory, profile, BuildEngine.Debootstrap);

        Assert.Equal(Packages(native), Packages(outside));
        await DiffersAsAsync(OfDebootstrap, directory, BuildEngine.Debootstrap);
    }

    [Fact]
    public async Task A_user_who_is_not_root_builds_by_mmdebstrap_and_not_by_debootstrap()
    {
        Requirement.Network.OrSkip();
        Requirement.Program("mmdebstrap").OrSkip();
        Requirement.Program("debootstrap").OrSkip();
        await user.ReadyAsync();
        using TempDirectory directory = new();
        await TestUser.SettleAsync(directory);
        Dictionary<string, string> environment = new()
        {
            ["TMPDIR"] = Directory.CreateDirectory(directory["tmp"]).FullName,

            // Else the runtime leaves sockets there when the program becomes another.
            ["DOTNET_EnableDiagnostics"] = "0",
        };
        await Host.RunAsync("chmod", ["1777", directory["tmp"]]);
        Task<ChildResult> RunAsync(string engine) => TestUser.RunAsync(
            directory, environment, "build", "debian-13-slim", "--engine", engine, "--cache-dir", directory["cache"],
            "--to", "oci:images", "--format", "json");

        ToolRun run = new(await RunAsync("mmdebstrap"));
        run.Digest();
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal("mmdebstrap", document.RootElement.GetProperty("engine").GetString());
        Assert.Equal([], ImageValidator.Validate(directory["images"]));
        await Leftovers.VanishAsync(directory.FullPath, TimeSpan.FromSeconds(2));
        Assert.Empty(Directory.GetFileSystemEntries(directory["tmp"]));

        new ToolRun(await RunAsync("debootstrap")).IsError(9, "debootstrap makes device nodes, which only root of the host may");
    }

    [Fact]
    public async Task Alpine_has_no_such_engines()
    {
        using TempDirectory directory = new();
        ToolRun run = new(await Host.TryRunAsync(
            Host.Tool, ["build", "alpine-3.20", "--engine", "mmdebstrap", "--cache-dir", directory["cache"], "--to", "oci:images"],
            workingDirectory: directory.FullPath));

        run.IsError(2, "mmdebstrap makes no systems of alpine");
        Assert.False(Path.Exists(directory["images"]));
    }

    private static Profile Load(string name) => ProfileLoader.Load(name, null, [Host.Distros]);

    /// <summary>Builds into a tar that is named as the engine, and says how long it took.</summary>
    private static async Task<BuildResult> BuildAsync(TempDirectory directory, Profile profile, BuildEngine engine)
    {
        TargetDefaults defaults = new()
        {
            BaseDirectory = directory.FullPath,
            TemporaryDirectory = directory.FullPath,
            Tag = "base",
            Reference = Reference.Parse("test:1"),
        };
        Stopwatch watch = Stopwatch.StartNew();
        BuildResult result = await Pipeline.BuildAsync(
            new BuildRequest
            {
                Profile = profile,
                Engine = engine,
                Architectures = [Architecture.Host],
                Targets = [new ImageTarget(TargetParser.Parse($"tar:{engine}.tar", defaults), LayerCompression.None)],
                CacheDirectory = Host.Cache,
                WorkDirectory = directory["work"],
                NoReuse = true,
            },
            new RecordedEvents(),
            TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage($"{engine}: {watch.Elapsed.TotalSeconds:f1} s");
        Assert.Empty(Directory.GetFileSystemEntries(directory["work"]));
        return result;
    }

    private static IEnumerable<(string, string, string)> Packages(BuildResult result) =>
        result.Results[0].Lockfile.Packages.Select(package => (package.Name, package.Version, package.Checksum));

    /// <summary>Asserts that exactly the listed paths differ: one that no longer does is to be taken from the list.</summary>
    private static async Task DiffersAsAsync(
        (string Path, string Reason)[] listed, TempDirectory directory, BuildEngine engine)
    {
        IReadOnlyList<string> differences = TreeListing.Differences(
            await LayerListing.ReadAsync(directory[$"{BuildEngine.Native}.tar"]),
            await LayerListing.ReadAsync(directory[$"{engine}.tar"]), _ => false);
        Assert.True(
            listed.Select(known => known.Path).SequenceEqual(differences.Select(difference => difference.Split('\n')[0])),
            string.Join('\n', differences));
    }
}
