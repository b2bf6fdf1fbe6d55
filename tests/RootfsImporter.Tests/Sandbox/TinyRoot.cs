using System.Diagnostics;
using RootfsImporter.Files;
using RootfsImporter.Sandbox;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Sandbox;

/// <summary>A root with a shell and a few programs of the host in it, and a sandbox for that.</summary>
internal sealed class TinyRoot : IDisposable
{
    private static readonly string[] Programs = ["sh", "env", "sleep", "cat", "ls", "readlink", "kill"];

    private readonly TempDirectory _directory = new();
    private readonly WorkTree _tree;

    public TinyRoot(bool isInMemory = false)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "making namespaces is for root only");
        Assert.SkipUnless(Find("unshare") is not null, "util-linux is not installed: there is no unshare");
        _tree = WorkTree.Create(_directory["work"], expectedBytes: 64 << 20, mayUseMemory: isInMemory);
        foreach (string directory in (string[])["dev", "proc", "sys", "tmp", "etc", "usr/sbin"])
        {
            Rootfs.TryCreateDirectory(new TreeEntry
            {
                Path = RootPath.Parse(directory),
                Kind = EntryKind.Directory,
                Mode = 0x1ED,
            });
        }

        foreach (string program in Programs)
        {
            CopyProgram(program);
        }

        Sandbox = new NamespaceSandbox(Rootfs, _tree.Location, Events);
    }

    public Rootfs Rootfs => _tree.Rootfs;

    public WorkTree Tree => _tree;

    public NamespaceSandbox Sandbox { get; }

    public RecordedEvents Events { get; } = new();

    public IReadOnlyList<string> Lines =>
        [.. Events.All.OfType<BuildEvent.CommandOutput>().Select(output => output.Line)];

    public string WorkDirectory => _directory["work"];

    /// <summary>The processes of the host whose root directory is this one.</summary>
    public IReadOnlyList<int> Processes => [.. Directory.GetDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _))
        .Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture))
        .Where(id => RootOf(id) == _tree.Location.Path)];

    public static string? Find(string program) => ((string[])["/usr/bin", "/bin", "/usr/sbin", "/sbin"])
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Runs a shell script inside; there is nothing in its environment but what is given.</summary>
    public Task<SandboxResult> RunAsync(
        string script, CancellationToken cancellationToken, bool hasNetwork = false,
        params (string Name, string Value)[] environment) => Sandbox.RunAsync(
            new SandboxCommand
            {
                Arguments = ["/bin/sh", "-c", script],
                Environment = environment.ToDictionary(pair => pair.Name, pair => pair.Value),
                HasNetwork = hasNetwork,
            },
            cancellationToken);

    public string? ReadText(string path) => Rootfs.TryReadFile(RootPath.Parse(path), 10_000) is byte[] content
        ? System.Text.Encoding.UTF8.GetString(content)
        : null;

    public void Write(string path, string content, int mode = 0x1A4) =>
        Rootfs.WriteFile(RootPath.Parse(path), System.Text.Encoding.UTF8.GetBytes(content), mode);

    public void Dispose()
    {
        _tree?.Dispose();
        _directory.Dispose();
    }

    private static string? RootOf(int process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/root").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return null;
        }
    }

    private void CopyProgram(string name)
    {
        string program = Find(name) ?? throw new InvalidOperationException($"this host has no {name}");
        Copy(program, $"bin/{name}");
        Copy(program, $"usr/bin/{name}");
        using Process ldd =
            Process.Start(new ProcessStartInfo("ldd", [program]) { RedirectStandardOutput = true })!;
        foreach (string word in ldd.StandardOutput.ReadToEnd().Split((char[])[' ', '\t', '\n']))
        {
            if (word.StartsWith('/') && File.Exists(word))
            {
                Copy(word, word);
            }
        }
    }

    private void Copy(string hostPath, string path)
    {
        using FileStream content = File.OpenRead(hostPath);
        Rootfs.TryCreateFile(
            new TreeEntry { Path = RootPath.Parse(path), Kind = EntryKind.File, Mode = 0x1ED }, content);
    }
}
