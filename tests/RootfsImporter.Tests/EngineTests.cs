using System.Diagnostics;
using RootfsImporter.Files;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;
using RootfsImporter.Stages;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests;

/// <summary>Builds by an outside program, which here is a shell script of the test's.</summary>
public sealed class EngineTests : IDisposable
{
    private static readonly Architecture Amd64 = Architecture.Parse("amd64");

    private readonly TempDirectory _archive = new();
    private readonly TempDirectory _directory = new();
    private readonly RecordedEvents _events = new();
    private readonly FakeFamily _family;

    public EngineTests() => _family = new FakeFamily(_archive) { Bootstrapper = new ScriptBootstrapper() };

    public void Dispose()
    {
        _archive.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_program_installed_is_the_image_and_the_lock(bool mayUseMemory)
    {
        _family.Add("amd64", "base", "1").Add("amd64", "other", "2");
        Script("""
            echo "root $1, files $(cat "$2/note"), date $SOURCE_DATE_EPOCH, home ${HOME-none}"
            echo "to standard error" >&2
            printf 'base 1\n' > "$1/installed"
            echo content > "$1/base"
            mkdir "$1/control"
            touch -d @1500000000 "$1/base" "$1/control/base"
            touch -d @1500000000 "$1/leftover" "$1/made"
            """);

        BuildResult result = await BuildAsync(request => request with { MayUseMemory = mayUseMemory });

        Assert.Equal(BuildEngine.Mmdebstrap, result.Engine);
        ImageResult only = Assert.Single(result.Results);
        LockedPackage package = Assert.Single(only.Lockfile.Packages);
        Assert.Equal(("base", "1", "included"), (package.Name, package.Version, package.Reason));
        Assert.StartsWith("sha256:", package.Checksum, StringComparison.Ordinal);
        Assert.Equal(["mmdebstrap installed other packages than the native engine would: other not at all for 2"], _events.Warnings);
        Assert.Contains(only.Ledger.Entries, entry => entry is { Rule: "script", Path: "/leftover" });
        Assert.Equal(["indexes", "resolve", "bootstrap", "seal", "pack", "deliver"], result.Stages.Select(stage => stage.Stage));
        Assert.Equal(0, _family.Unpacked);
        string[] lines = [.. _events.All.OfType<BuildEvent.CommandOutput>().Select(line => line.Line)];
        Assert.Contains(lines, line => line.EndsWith("/rootfs, files a note, date 1700000000, home none", StringComparison.Ordinal));
        Assert.Contains("to standard error", lines);
        IsTidy();

        // Of the package's times only that of what the package brought and nobody touched is kept.
        Dictionary<string, DateTimeOffset> times = await TimesAsync(only);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_500_000_000), times["base"]);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_500_000_000), times["control/base"]);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), times["made"]);
    }

    [Fact]
    public async Task The_engine_and_its_version_are_part_of_what_is_reused()
    {
        _family.Add("amd64", "base", "1");
        const string Body = "printf 'base 1\\n' > \"$1/installed\"";
        Script(Body);

        Assert.False((await BuildAsync()).IsReused);
        Assert.True((await BuildAsync()).IsReused);
        Script(Body, version: "mmdebstrap 2");
        Assert.False((await BuildAsync()).IsReused);
        Assert.False((await BuildAsync(request => request with { Engine = BuildEngine.Native })).IsReused);
        Assert.Equal(1, _family.Unpacked);
    }

    [Fact]
    public async Task A_program_that_fails_is_quoted()
    {
        _family.Add("amd64", "base", "1");
        Script("seq 1 30; echo the reason >&2; mkdir \"$1/half\"; exit 3");

        SandboxException error = await Assert.ThrowsAsync<SandboxException>(() => BuildAsync());

        Assert.StartsWith("mmdebstrap 1.0 ended with exit status 3:\n  21\n", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("  30\n  the reason", error.Message, StringComparison.Ordinal);
        Assert.Equal("the lines above are mmdebstrap's own; --verbose shows all of them", error.Hint);
        IsTidy();
    }

    [Fact]
    public async Task A_full_disk_is_the_hosts_fault()
    {
        _family.Add("amd64", "base", "1");
        Script("echo 'cannot write: No space left on device' >&2; exit 1");

        HostException error = await Assert.ThrowsAsync<HostException>(() => BuildAsync());

        Assert.Contains("--work-dir", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_installs_what_the_signed_indexes_lack_is_found_out()
    {
        _family.Add("amd64", "base", "1");
        Script("printf 'base 2\\n' > \"$1/installed\"");

        VerificationException error = await Assert.ThrowsAsync<VerificationException>(() => BuildAsync());

        Assert.Equal("mmdebstrap installed what the verified indexes do not have:\n  no base=2", error.Message);
        IsTidy();
    }

    [Fact]
    public async Task A_program_that_installs_nothing_is_no_success()
    {
        _family.Add("amd64", "base", "1");
        Script("exit 0");

        SandboxException error = await Assert.ThrowsAsync<SandboxException>(() => BuildAsync());

        Assert.StartsWith("mmdebstrap 1.0 left no packages in ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelling_ends_all_that_it_started_and_its_mounts(bool mayUseMemory)
    {
        _family.Add("amd64", "base", "1");
        Script("""
            mkdir "$1/mnt"
            mount -t tmpfs tmpfs "$1/mnt"
            (trap '' TERM HUP; echo started; while :; do echo > "$1/mnt/file"; sleep 0.1; done) &
            wait
            """);
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        CancelsWhenStarted events = new(source);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => BuildAsync(request => request with { MayUseMemory = mayUseMemory }, events, source.Token));

        IsTidy();
        Assert.DoesNotContain(_directory.FullPath, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0])),
            process => CommandLine(process).Contains(_directory.FullPath, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_program_is_named_before_anything_is_read()
    {
        HostException error = await Assert.ThrowsAsync<HostException>(() => BuildAsync());

        Assert.Equal("the program mmdebstrap was not found", error.Message);
        Assert.Equal("install mmdebstrap, or leave --engine out", error.Hint);
        Assert.Empty(_events.All.OfType<BuildEvent.StageStarted>());
    }

    [Fact]
    public async Task A_program_that_cannot_tell_its_version_does_not_work()
    {
        Script("", version: null);

        HostException error = await Assert.ThrowsAsync<HostException>(() => BuildAsync());

        Assert.Contains("mmdebstrap --version ended with exit status 9: broken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_family_without_such_programs_says_so()
    {
        FakeFamily family = new(_archive);

        ProfileException error = await Assert.ThrowsAsync<ProfileException>(
            () => OutsideEngine.FindAsync(Request(), family, TestContext.Current.CancellationToken));

        Assert.Equal("mmdebstrap makes no systems of test (packages of the family fake)", error.Message);
        Assert.Equal("leave --engine out", error.Hint);
    }

    [Fact]
    public void Only_dpkgs_family_has_them()
    {
        Assert.Null(PackageFamilies.Create("apk", _events).FindBootstrapper(BuildEngine.Debootstrap));
        IPackageFamily deb = PackageFamilies.Create("deb", _events);
        Assert.Equal("debootstrap", deb.FindBootstrapper(BuildEngine.Debootstrap)?.Program);
        Assert.Equal("mmdebstrap", deb.FindBootstrapper(BuildEngine.Mmdebstrap)?.Program);
        Assert.Null(deb.FindBootstrapper(BuildEngine.Native));
    }

    [Theory]
    [InlineData(true, "leave --engine out, or build parent with it and name that image as the base")]
    [InlineData(false, "leave --engine out")]
    public async Task A_profile_with_a_base_is_refused(bool isProfile, string hint)
    {
        BuildRequest request = Request();
        ProfileBase parent = new() { Name = "parent", Profile = isProfile ? request.Profile : null };

        ProfileException error = await FindFailsAsync(
            request with { Profile = request.Profile with { Base = parent } });

        Assert.Equal("mmdebstrap makes whole systems, and test stands on parent", error.Message);
        Assert.Equal(hint, error.Hint);
    }

    [Fact]
    public async Task Packages_of_the_build_alone_are_refused()
    {
        BuildRequest request = Request();

        ProfileException error = await FindFailsAsync(
            request with { Profile = request.Profile with { BuildOnly = ["gcc"] } });

        Assert.Contains("(buildOnly)", error.Message, StringComparison.Ordinal);
        Assert.Equal("leave --engine or 'buildOnly:' out", error.Hint);
    }

    [Theory]
    [InlineData("         0          0 4294967295\n", true)]
    [InlineData("         0       1000          1\n         1     100000      65536\n", false)]
    [InlineData("         0     100000      65536\n", false)]
    [InlineData("", false)]
    public void Root_of_the_host_has_all_ids(string map, bool isRoot) =>
        Assert.Equal(isRoot && Environment.IsPrivilegedProcess, OutsideEngine.IsHostRoot(map));

    private Task<ProfileException> FindFailsAsync(BuildRequest request) => Assert.ThrowsAsync<ProfileException>(
        () => OutsideEngine.FindAsync(request, _family, TestContext.Current.CancellationToken));

    private Task<BuildResult> BuildAsync(Func<BuildRequest, BuildRequest>? change = null) =>
        BuildAsync(change ?? (request => request), _events, TestContext.Current.CancellationToken);

    private Task<BuildResult> BuildAsync(
        Func<BuildRequest, BuildRequest> change, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "namespaces are made, which only root may");
        return Pipeline.BuildAsync(change(Request()), _family, events, cancellationToken);
    }

    private BuildRequest Request() => new()
    {
        Profile = FakeFamily.Profile,
        Engine = BuildEngine.Mmdebstrap,
        SearchPath = _directory["bin"],
        Architectures = [Amd64],
        Targets = [new ImageTarget(Targets.TestImage.Target(_directory, "oci:layout:a"))],
        Mirrors = new Dictionary<string, IReadOnlyList<Uri>> { ["main"] = [new Uri($"file://{_archive.FullPath}/")] },
        CacheDirectory = _directory["cache"],
        WorkDirectory = _directory["work"],
        MayUseMemory = false,
    };

    private void Script(string body, string? version = "mmdebstrap 1.0")
    {
        string text = _directory.Write("mmdebstrap.sh", $$"""
            #!/bin/sh
            if [ "$1" = --version ]; then
                {{(version is null ? "echo broken >&2; exit 9" : $"echo '{version}'; exit 0")}}
            fi
            {{body}}
            """);

        // Written by another process: a child that some other test starts meanwhile would hold what this one has open for
        // writing, and then it cannot be executed.
        using Process install = Process.Start("install", ["-D", "-m", "755", text, _directory["bin/mmdebstrap"]]);
        install.WaitForExit();
        Assert.Equal(0, install.ExitCode);
    }

    private void IsTidy() => Assert.Empty(Directory.GetFileSystemEntries(_directory["work"]));

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(process + "/cmdline");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static async Task<Dictionary<string, DateTimeOffset>> TimesAsync(ImageResult result)
    {
        Dictionary<string, DateTimeOffset> times = [];
        await using Stream tar = await RootfsImporter.Archives.LayerBlob.OpenUncompressedAsync(
            result.Image.Layers[0], TestContext.Current.CancellationToken);
        await using System.Formats.Tar.TarReader reader = new(tar);
        while (await reader.GetNextEntryAsync(copyData: false, TestContext.Current.CancellationToken) is { } entry)
        {
            times[entry.Name.TrimStart('.', '/')] = entry.ModificationTime;
        }

        return times;
    }

    private sealed class ScriptBootstrapper : IBootstrapper
    {
        public string Program => "mmdebstrap";

        public bool NeedsHostRoot => false;

        public IReadOnlyList<SealRule> SealRules { get; } =
            [new SealRule.Remove(["leftover"]) { Name = "script", Why = "left by the script" }];

        public RootPath ControlFiles { get; } = RootPath.Parse("control");

        public BootstrapCommand Command(BootstrapRequest request) => new()
        {
            Arguments = [request.Root, request.Scratch],
            Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = $"{request.SourceDateEpoch}" },
            Files = new Dictionary<string, byte[]> { ["note"] = "a note\n"u8.ToArray() },
        };
    }

    private sealed class CancelsWhenStarted(CancellationTokenSource source) : IProgress<BuildEvent>
    {
        public void Report(BuildEvent value)
        {
            if (value is BuildEvent.CommandOutput { Line: "started" })
            {
                source.CancelAfter(TimeSpan.FromMilliseconds(300));
            }
        }
    }
}
