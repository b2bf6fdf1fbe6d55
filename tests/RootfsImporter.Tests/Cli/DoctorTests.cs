using System.Net.Sockets;
using System.Text.Json;
using RootfsImporter.Cli;
using RootfsImporter.Doctor;
using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Cli;

public sealed class DoctorTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_host_that_has_all_is_ready_for_root()
    {
        DoctorReport report = await ExamineAsync(FullHost());

        Assert.True(report.IsReady);
        Assert.Equal("util-linux 2.38.1", Check(report, "unshare").Found);
        Assert.Equal("running as root", Check(report, "namespaces").Found);
        Assert.Equal("6.1.0-13-amd64", Check(report, "kernel").Found);
        Assert.All(report.Checks.Where(check => check.Status == CheckStatus.Ok), check => Assert.Null(check.Remedy));
    }

    [Fact]
    public async Task A_host_that_has_all_is_ready_for_a_user()
    {
        DoctorReport report = await ExamineAsync(UserHost());

        Assert.True(report.IsReady);
        Assert.Equal("65536 ids for alice", Check(report, "/etc/subuid").Found);
        Assert.Equal("root of a user namespace", Check(report, "namespaces").Found);
    }

    [Theory]
    [InlineData("ID=ubuntu\nID_LIKE=debian", "sudo apt-get install -y gpgv")]
    [InlineData("ID=fedora", "sudo dnf install -y gnupg2")]
    [InlineData("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", "sudo dnf install -y gnupg2")]
    [InlineData("ID=alpine", "sudo apk add gpgv")]
    [InlineData("ID=other", null)]
    public async Task A_missing_program_is_mended_as_the_distribution_does(string release, string? remedy)
    {
        Host host = UserHost();
        File.Delete(_directory["bin/gpgv"]);
        _directory.Write("etc/os-release", release);

        DoctorReport report = await ExamineAsync(host);

        Assert.False(report.IsReady);
        Assert.Equal(CheckStatus.Missing, Check(report, "gpgv or sqv").Status);
        Assert.Equal(remedy, Check(report, "gpgv or sqv").Remedy);
    }

    [Theory]
    [InlineData("ID=debian", "sudo apt-get install -y mmdebstrap")]
    [InlineData("ID=fedora", null)]
    public async Task Outside_engines_are_optional(string release, string? remedy)
    {
        Host host = UserHost();
        _directory.Write("etc/os-release", release);
        File.SetUnixFileMode(_directory.Write("bin/debootstrap", ""), (UnixFileMode)0b111_101_101);

        DoctorReport report = await ExamineAsync(host);

        Assert.True(report.IsReady);
        Assert.Equal(CheckStatus.Absent, Check(report, "--engine mmdebstrap").Status);
        Assert.Equal("mmdebstrap was not found; nothing else needs it", Check(report, "--engine mmdebstrap").Found);
        Assert.Equal(remedy, Check(report, "--engine mmdebstrap").Remedy);
        Assert.Equal(_directory["bin/debootstrap"], Check(report, "--engine debootstrap").Found);
    }

    [Theory]
    [InlineData("kernel/unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1")]
    [InlineData("kernel/apparmor_restrict_unprivileged_userns", "1",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")]
    [InlineData("user/max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000")]
    [InlineData("kernel/other", "0", "sudo rootfs-importer build PROFILE")]
    public async Task Refused_user_namespaces_name_the_setting(string setting, string value, string remedy)
    {
        _directory.Write($"proc/sys/{setting}", value);
        Host host = UserHost() with { RunAsync = Programs(refuse: "--map-root-user") };

        HostCheck check = Check(await ExamineAsync(host), "user namespaces");

        Assert.Equal(CheckStatus.Missing, check.Status);
        Assert.StartsWith("refused: unshare: not permitted", check.Found, StringComparison.Ordinal);
        Assert.Equal(remedy, check.Remedy);
    }

    [Theory]
    [InlineData("bob:100000:65536\n", "no ids for alice; the users of a rootfs are mapped to them", 165536)]
    [InlineData("alice:100000:1000\n", "1000 ids for alice, of 65536 that a rootfs needs", 101000)]
    [InlineData("alice:nonsense\n", "no ids for alice; the users of a rootfs are mapped to them", 100000)]
    public async Task Subordinate_ids_that_are_missing_get_the_next_free_range(string file, string found, int next)
    {
        Host host = UserHost();
        _directory.Write("etc/subuid", file);

        HostCheck check = Check(await ExamineAsync(host), "/etc/subuid");

        Assert.Equal(CheckStatus.Missing, check.Status);
        Assert.Equal(found, check.Found);
        Assert.Equal($"sudo usermod --add-subuids {next}-{next + 65535} alice", check.Remedy);
    }

    [Fact]
    public async Task A_user_may_be_named_by_number()
    {
        Host host = UserHost();
        _directory.Write("etc/subuid", "1234:100000:65536\n");

        Assert.Equal(CheckStatus.Ok, Check(await ExamineAsync(host), "/etc/subuid").Status);
    }

    [Fact]
    public async Task An_unshare_that_is_too_old_matters_only_to_users()
    {
        Func<Host, IReadOnlyList<string>, CancellationToken, Task<ChildResult?>> old = Programs(version: "2.37.2");

        Assert.True((await ExamineAsync(FullHost() with { RunAsync = old })).IsReady);
        HostCheck check = Check(await ExamineAsync(UserHost() with { RunAsync = old }), "unshare");
        Assert.Equal(CheckStatus.Missing, check.Status);
        Assert.Contains("2.38 or newer", check.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_kernel_or_a_full_disk_is_not_ready()
    {
        Host host = FullHost();
        _directory.Write("proc/sys/kernel/osrelease", "5.4.0-42-generic");

        DoctorReport report = await ExamineAsync(host with { FreeBytes = _ => 10_000_000 });

        Assert.False(report.IsReady);
        Assert.Equal(CheckStatus.Missing, Check(report, "kernel").Status);
        Assert.Contains("0.0 GB free, of 1 GB", Check(report, "work directory").Found, StringComparison.Ordinal);
        Assert.Contains("--cache-dir", Check(report, "cache directory").Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_optional_may_be_absent()
    {
        Host host = FullHost() with
        {
            CanLoadLibrary = name => !name.StartsWith("libbz2", StringComparison.Ordinal),
            ConnectAsync = (_, _) => Task.FromResult<SocketError?>(SocketError.AccessDenied),
        };

        DoctorReport report = await ExamineAsync(host);

        Assert.True(report.IsReady);
        Assert.Equal(CheckStatus.Absent, Check(report, "libbz2").Status);
        Assert.Equal("usermod --append --groups docker alice", Check(report, "docker-daemon:").Remedy);
        Assert.Equal("apt-get install -y podman", Check(report, "podman").Remedy);
    }

    [Fact]
    public async Task Emulated_machines_are_listed()
    {
        _directory.Write("proc/sys/fs/binfmt_misc/qemu-aarch64", "enabled\ninterpreter /usr/bin/q\n");
        _directory.Write("proc/sys/fs/binfmt_misc/qemu-riscv64", "disabled\n");

        Assert.Equal("binfmt_misc runs aarch64", Check(await ExamineAsync(FullHost()), "emulation").Found);
    }

    [Fact]
    public async Task The_first_thing_that_is_missing_stops_a_build()
    {
        Host host = UserHost();
        File.Delete(_directory["bin/newuidmap"]);

        HostException error = await Assert.ThrowsAsync<HostException>(
            () => HostDoctor.RequireNamespacesAsync(host, TestContext.Current.CancellationToken));

        Assert.Contains("newuidmap", error.Message, StringComparison.Ordinal);
        Assert.Equal("run `sudo apt-get install -y uidmap`, or see `rootfs-importer doctor`", error.Hint);
    }

    [Theory]
    [InlineData(true, 0, "This host can build images.")]
    [InlineData(false, 9, "This host cannot build images: mend what is MISSING above.")]
    public async Task The_command_says_so_and_exits_accordingly(bool isReady, int exitCode, string verdict)
    {
        Host host = FullHost();
        if (!isReady)
        {
            File.Delete(_directory["bin/gpgv"]);
        }

        Wiring wiring = CliRun.Fake with
        {
            ExamineHostAsync = (_, request, token) => HostDoctor.ExamineAsync(host, request, token),
        };
        string[] places = ["--cache-dir", _directory["cache"], "--work-dir", _directory.FullPath];

        CliRun text = await CliRun.RunAsync(["doctor", .. places], wiring);
        CliRun json = await CliRun.RunAsync(["doctor", .. places, "--format", "json"], wiring);

        Assert.Equal(exitCode, text.ExitCode);
        Assert.EndsWith($"\n\n{verdict}\n", text.Output, StringComparison.Ordinal);
        Assert.Equal(!isReady, text.Output.Contains("MISSING  gpgv or sqv", StringComparison.Ordinal));
        Assert.Equal(exitCode, json.ExitCode);
        JsonElement document = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(isReady, document.GetProperty("ready").GetBoolean());
        Assert.Equal("ok", document.GetProperty("checks")[0].GetProperty("status").GetString());
    }

    private static HostCheck Check(DoctorReport report, string name) =>
        Assert.Single(report.Checks, check => check.Name == name);

    private static Func<Host, IReadOnlyList<string>, CancellationToken, Task<ChildResult?>> Programs(
        string version = "2.38.1", string? refuse = null) => (_, command, _) => Task.FromResult<ChildResult?>(
            command.Contains("--version") ? new ChildResult(0, $"unshare from util-linux {version}\n", "")
            : refuse is not null && command.Contains(refuse) ? new ChildResult(1, "", "unshare: not permitted\n")
            : new ChildResult(0, "", ""));

    private Task<DoctorReport> ExamineAsync(Host host) => HostDoctor.ExamineAsync(
        host,
        new DoctorRequest
        {
            CacheDirectory = _directory["cache/not/there/yet"],
            WorkDirectory = _directory.FullPath,
            DockerHost = new Uri("unix:///var/run/docker.sock"),
        },
        TestContext.Current.CancellationToken);

    private Host UserHost() => FullHost() with { IsRoot = false };

    /// <summary>A Debian host that lacks nothing for building, seen by root; the user is alice.</summary>
    private Host FullHost()
    {
        _directory.Write("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        _directory.Write("etc/subuid", "bob:100000:1000\nalice:165536:65536\n");
        _directory.Write("etc/subgid", "alice:165536:65536\n");
        _directory.Write("proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
        _directory.Write("usr/share/debootstrap/scripts/sid", "");
        foreach (string program in (string[])["unshare", "newuidmap", "newgidmap", "gpgv"])
        {
            File.SetUnixFileMode(_directory.Write($"bin/{program}", ""), (UnixFileMode)0b111_101_101);
        }

        return new Host
        {
            Root = _directory.FullPath,
            SearchPath = _directory["bin"],
            IsRoot = true,
            UserName = "alice",
            UserId = 1234,
            CanLoadLibrary = _ => true,
            FreeBytes = _ => 50_000_000_000,
            CanWrite = _ => true,
            RunAsync = Programs(),
            ConnectAsync = (_, _) => Task.FromResult<SocketError?>(null),
        };
    }
}
