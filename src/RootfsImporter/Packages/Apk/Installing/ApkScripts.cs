using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// Runs the scripts of packages as apk does (apk-tools, src/package.c, apk_ipkg_run_script): each as a file of
/// lib/apk/exec that is there for that long, in one sandbox, which is made when the first is due.
/// </summary>
internal sealed class ApkScripts(Rootfs rootfs, ISandbox sandbox) : IAsyncDisposable
{
    private const int ScriptMode = 0x1ED;
    private const int DirectoryMode = 0x1C0;
    private const int MaxLinesShown = 20;
    private static readonly RootPath Place = RootPath.Parse("lib/apk/exec");
    private ISandboxSession? _session;

    /// <summary>
    /// Runs a package's script of one kind, if it has one. Throws <see cref="SandboxException"/> that names both and holds
    /// the end of its output when it fails: an image must not hold half of what a package is.
    /// </summary>
    public async Task RunAsync(
        IRootApk package, string kind, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (package.Script(kind) is not { } script)
        {
            return;
        }

        _session ??= await OpenAsync(cancellationToken);
        RootPath file = Place.Append($"{package.Name}-{package.Version}.{kind}");
        rootfs.TryCreateDirectory(
            new TreeEntry { Path = Place, Kind = EntryKind.Directory, Mode = DirectoryMode });
        rootfs.WriteFile(file, script.Span, ScriptMode);
        SandboxResult result = await _session.RunAsync(
            new SandboxCommand
            {
                Arguments = [file.ToString(), .. arguments],
                Environment = Environment(package, kind),
            },
            cancellationToken);
        rootfs.Remove(file);
        if (result.ExitCode != 0)
        {
            string work = kind.EndsWith("-deinstall", StringComparison.Ordinal) ? "removing" : "installing";
            throw new SandboxException(
                $"{work} {package}: its {kind} script failed with exit code {result.ExitCode}\n"
                    + LastLines(result.Output),
                "the lines above are the script's own; exclude or pin the package, or look at its script");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }

    /// <summary>A base image that was stripped may lack what the sandbox mounts on.</summary>
    private async Task<ISandboxSession> OpenAsync(CancellationToken cancellationToken)
    {
        foreach (string name in (string[])["dev", "proc"])
        {
            rootfs.TryCreateDirectory(
                new TreeEntry { Path = RootPath.Parse(name), Kind = EntryKind.Directory, Mode = 0x1ED });
        }

        return await sandbox.OpenAsync(cancellationToken);
    }

    /// <summary>PATH is all that apk 2 gives; apk 3 says which script it is, too.</summary>
    private static Dictionary<string, string> Environment(IRootApk package, string kind) => new()
    {
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        ["APK_PACKAGE"] = package.Name,
        ["APK_SCRIPT"] = kind,
    };

    private static string LastLines(string output) =>
        string.Join('\n', output.TrimEnd().Split('\n').TakeLast(MaxLinesShown).Select(line => $"  {line}"));
}
