using RootfsImporter.Files;
using RootfsImporter.Linux;
using RootfsImporter.Packages;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Stages;

/// <summary>Lets a program of the host make a tree, and holds what it installed against the signed indexes.</summary>
internal sealed class Bootstrapper(OutsideEngine engine, IPackageFamily family, IProgress<BuildEvent> events)
{
    private const int MaxLinesShown = 20;
    private const int NamespacesFailed = 125;
    private const string DiskFull = "No space left on device";

    /// <summary>
    /// Fills the empty root of <paramref name="work"/> and returns the lock of what is in it.
    /// </summary>
    /// <param name="work">The tree.</param>
    /// <param name="request">What is to be made; where, is the tree's to say.</param>
    /// <param name="native">The native choice of packages, which the lock is derived from.</param>
    /// <param name="indexes">The verified indexes that the native choice was made from.</param>
    /// <param name="cancellationToken">Ends the program and all that it started.</param>
    /// <exception cref="SandboxException">The program failed.</exception>
    /// <exception cref="HostException">The disk is full, or the program cannot be started.</exception>
    /// <exception cref="VerificationException">It installed what the indexes do not have.</exception>
    public async Task<Lockfile> BootstrapAsync(
        WorkTree work, BootstrapRequest request, Lockfile native, IReadOnlyList<PackageIndex> indexes,
        CancellationToken cancellationToken)
    {
        BootstrapCommand command = engine.Bootstrapper.Command(request with
        {
            Root = work.Location.Path,
            Scratch = work.Location.Path + Rootfs.StagingSuffix,
        });
        foreach (string warning in command.Warnings)
        {
            events.Report(new BuildEvent.Warning(warning));
        }

        long start = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string scratch = work.Rootfs.HostPath + Rootfs.StagingSuffix;
        WriteFiles(scratch, command.Files);
        try
        {
            await RunAsync(command, work.Location, cancellationToken);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }

        RootTree tree = new(work.Rootfs.ReadTree());
        InstalledPackages installed = family.ReadInstalled(tree) ?? throw new SandboxException(
            $"{engine.Version} left no packages in {work.Location.Path}", "see what it prints with --verbose");
        work.Rootfs.TrustTimes(
            tree.Entries,
            path => installed.Paths.Contains(path) || path.Parent == engine.Bootstrapper.ControlFiles,
            start);
        return await InstalledLock.ResolveAsync(
            engine.Bootstrapper.Program, request.Profile, family, installed, native, indexes, events, cancellationToken);
    }

    private async Task RunAsync(BootstrapCommand command, RootLocation location, CancellationToken cancellationToken)
    {
        events.Report(new BuildEvent.Detail($"running {engine.Path} {string.Join(' ', command.Arguments)}"));
        Dictionary<string, string> environment = new(command.Environment) { ["PATH"] = ChildProcess.SystemPath };
        ChildResult result = await HostProgram.RunAsync(
            engine.Path, command.Arguments, environment, location,
            line => events.Report(new BuildEvent.CommandOutput(line)), cancellationToken);
        if (result.ExitCode == 0)
        {
            return;
        }

        string said = LastLines(result);
        string message = $"{engine.Version} ended with exit status {result.ExitCode}{(said.Length > 0 ? ":\n" + said : "")}";
        throw said.Contains(DiskFull, StringComparison.Ordinal)
            ? new HostException(message, "free some space, or choose another --work-dir")
            : new SandboxException(message, result.ExitCode == NamespacesFailed
                ? "see what 'rootfs-importer doctor' says of this host"
                : $"the lines above are {engine.Bootstrapper.Program}'s own; --verbose shows all of them");
    }

    /// <summary>Both outputs' ends: these programs put warnings on one and their reason on the other.</summary>
    private static string LastLines(ChildResult result) => string.Join('\n', (string[])
    [
        .. LastLines(result.Output), .. LastLines(result.ErrorOutput),
    ]);

    private static IEnumerable<string> LastLines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .TakeLast(MaxLinesShown / 2).Select(line => $"  {line}");

    private static void WriteFiles(string directory, IReadOnlyDictionary<string, byte[]> files)
    {
        Directory.CreateDirectory(directory);
        foreach ((string name, byte[] content) in files)
        {
            File.WriteAllBytes(Path.Combine(directory, name), content);
        }
    }
}
