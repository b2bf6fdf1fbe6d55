using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>podman with a store of its own, which goes when it is disposed.</summary>
internal sealed class Podman : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string _configuration;

    public Podman() => _configuration = _directory.Write(
        "containers.conf",
        """
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        """);

    /// <summary>Pulls one architecture's image of a name over plain HTTP, and checks what it says; returns its id.</summary>
    public async Task<string> PullAsync(string name, Architecture architecture)
    {
        string id = (await RunAsync(
            "pull", "--quiet", "--tls-verify=false", "--arch", architecture.Oci, $"docker://{name}")).Trim();
        Assert.Equal(
            $"linux/{architecture.Oci}", (await RunAsync("inspect", "--format", "{{.Os}}/{{.Architecture}}", id)).Trim());
        return $"sha256:{id}";
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("rmi", "--all", "--force");
        _directory.Dispose();
    }

    private Task<string> RunAsync(params string[] arguments) => Host.RunAsync(
        "podman",
        [
            "--root", _directory["root"], "--runroot", _directory["run"], "--tmpdir", _directory["tmp"],
            "--storage-driver", "vfs", .. arguments,
        ],
        new Dictionary<string, string> { ["CONTAINERS_CONF"] = _configuration, ["TMPDIR"] = _directory.FullPath });
}
