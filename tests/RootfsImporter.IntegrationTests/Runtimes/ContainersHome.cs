using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.Runtimes;

/// <summary>
/// A store of podman's, buildah's and skopeo's own, in a directory that is removed with it. The files of the vfs driver need
/// no mounts, runc runs on hosts with both versions of cgroups, and the limits are those that any host allows.
/// </summary>
internal sealed class ContainersHome : IDisposable
{
    private readonly TempDirectory _directory = new();

    public ContainersHome() => Environment = new Dictionary<string, string>
    {
        ["PATH"] = ChildProcess.SystemPath,
        ["HOME"] = _directory.FullPath,
        ["CONTAINERS_STORAGE_CONF"] = _directory.Write(
            "storage.conf",
            $"[storage]\ndriver = \"vfs\"\ngraphroot = \"{_directory["graph"]}\"\nrunroot = \"{_directory["run"]}\"\n"),
        ["CONTAINERS_CONF"] = _directory.Write(
            "containers.conf",
            "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n"
            + "[engine]\nruntime = \"runc\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n"),
    };

    /// <summary>The environment that leads all of them there.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>A PATH in which only one program is.</summary>
    public string PathTo(string program)
    {
        string directory = _directory[$"only-{program}"];
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory);
            File.CreateSymbolicLink(Path.Combine(directory, program), Host.Find(program)!);
        }

        return directory;
    }

    public Task<string> RunAsync(string program, params string[] arguments) =>
        Host.RunAsync(program, arguments, Environment);

    public void Dispose() => _directory.Dispose();
}
