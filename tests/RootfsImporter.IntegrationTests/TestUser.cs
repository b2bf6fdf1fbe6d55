using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// A user who is not root and has subordinate ids. It is made when this host does not have it, and then removed again.
/// </summary>
public sealed class TestUser : IAsyncLifetime
{
    private const string Name = "rootfs-importer-test";
    private const int MinIds = 65535;

    private readonly Lazy<Task> _ready;
    private bool _isMade;

    public TestUser() => _ready = new Lazy<Task>(MakeAsync);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Skips the test where there can be no such user; makes it where it can.</summary>
    public Task ReadyAsync()
    {
        Requirement.Root.OrSkip();
        foreach (string program in (string[])["useradd", "usermod", "userdel", "setpriv", "newuidmap", "newgidmap"])
        {
            Requirement.Program(program).OrSkip();
        }

        return _ready.Value;
    }

    /// <summary>
    /// Makes a directory the user's, with the program under test in <c>tool</c> and its profiles in <c>distros</c>: the
    /// checkout may lie where the user cannot look.
    /// </summary>
    internal static async Task SettleAsync(TempDirectory directory)
    {
        await Host.RunAsync("cp", ["-r", Path.GetDirectoryName(Host.Tool)!, directory["tool"]]);
        await Host.RunAsync("cp", ["-r", Host.Distros, directory["distros"]]);
        await Host.RunAsync("chown", ["-R", $"{Name}:{Name}", directory.FullPath]);
        await Host.RunAsync("chmod", ["-R", "u+rwX,go+rX", directory.FullPath]);
    }

    /// <summary>Runs the program as the user, in a directory that <see cref="SettleAsync"/> prepared.</summary>
    internal static Task<ChildResult> RunAsync(
        TempDirectory directory, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        RunAsync(directory, directory["tool/rootfs-importer"], environment, arguments);

    /// <summary>Runs any program as the user, in such a directory.</summary>
    internal static Task<ChildResult> RunAsync(
        TempDirectory directory, string program, IReadOnlyDictionary<string, string> environment,
        params string[] arguments) =>
        Host.TryRunAsync(
            "setpriv",
            ["--reuid", Name, "--regid", Name, "--init-groups", program, .. arguments],
            new Dictionary<string, string>(environment)
            {
                ["HOME"] = directory.FullPath,
                ["ROOTFS_IMPORTER_PROFILES"] = directory["distros"],
            },
            directory.FullPath);

    public async ValueTask DisposeAsync()
    {
        if (_isMade)
        {
            await Host.RunAsync("userdel", [Name]);
        }
    }

    private async Task MakeAsync()
    {
        if ((await Host.TryRunAsync("id", ["-u", Name])).ExitCode != 0)
        {
            await Host.RunAsync(
                "useradd", ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/sh", "--user-group", Name]);
            _isMade = true;
        }

        await EnsureIdsAsync("/etc/subuid", "--add-subuids");
        await EnsureIdsAsync("/etc/subgid", "--add-subgids");
    }

    /// <summary>Adds a range behind all others, unless useradd gave one.</summary>
    private static async Task EnsureIdsAsync(string file, string option)
    {
        string[][] ranges = [.. File.ReadAllLines(file).Select(line => line.Split(':')).Where(fields => fields.Length == 3)];
        if (!ranges.Any(fields => fields[0] == Name && Number(fields[2]) >= MinIds))
        {
            long first = ranges.Select(fields => Number(fields[1]) + Number(fields[2])).Append(100_000).Max();
            await Host.RunAsync("usermod", [option, $"{first}-{first + MinIds}", Name]);
        }
    }

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
