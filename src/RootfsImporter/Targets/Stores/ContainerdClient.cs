using System.Net.Sockets;
using RootfsImporter.Linux;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Stores;

/// <summary>containerd, through its own client <c>ctr</c>: its API is gRPC.</summary>
/// <remarks>Every option here is one of ctr 1.6's, and still one of ctr 2's.</remarks>
internal sealed class ContainerdClient(ContainerdPlace place, TargetDefaults defaults)
{
    private const string Program = "ctr";

    private readonly HelperProgram _helper = new(place.Text, defaults);

    private string Address => ContainerdSocket.Of(defaults.ProgramEnvironment);

    private string[] Global => ["--address", Address, "--connect-timeout", "10s", "--namespace", place.Namespace];

    /// <summary>A command of ctr in this namespace, as people type it.</summary>
    public string Command(string arguments) => string.Join(
        ' ',
        [
            Program, .. Address == ContainerdSocket.Default ? (string[])[] : ["--address", ShellText.Quote(Address)],
            "--namespace", place.Namespace, arguments,
        ]);

    /// <summary>Whether ctr is installed and a containerd answers.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (_helper.Find(Program) is null)
        {
            throw _helper.Error(
                "the program ctr is not installed", "install containerd; `rootfs-importer doctor` says how");
        }

        await ConnectAsync(cancellationToken);
        await RunAsync(["version"], cancellationToken);
    }

    /// <summary>
    /// Takes all images of an archive under the names that it gives them. Not unpacked: whoever runs one unpacks it, with the
    /// snapshotter that he uses.
    /// </summary>
    public Task ImportAsync(string archive, CancellationToken cancellationToken) =>
        RunAsync(["image", "import", "--all-platforms", "--no-unpack", archive], cancellationToken);

    /// <summary>The digest that a name leads to, or null.</summary>
    public async Task<Digest?> FindAsync(Reference name, CancellationToken cancellationToken)
    {
        string list = await RunAsync(["image", "ls", $"name=={name}"], cancellationToken);
        foreach (string line in list.Split('\n'))
        {
            string[] columns = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > 2 && columns[0] == name.ToString() && Digest.TryParse(columns[2], out Digest digest))
            {
                return digest;
            }
        }

        return null;
    }

    /// <summary>
    /// What the name leads to, as ctr writes it to an OCI archive. Of an index whose other platforms were never fetched only
    /// this host's image.
    /// </summary>
    public async Task<ArchiveFiles> ExportAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(cancellationToken);
        string name = place.Reference.ToString();
        if (await FindAsync(place.Reference, cancellationToken) is null)
        {
            throw Error(
                $"the namespace {place.Namespace} has no image {name}",
                $"see `{Command("image ls")}` for those it has");
        }

        using ProgramArchive archive = ProgramArchive.Reserve(defaults);
        ChildResult whole = await _helper.TryRunAsync(
            Program, [.. Global, "image", "export", "--all-platforms", archive.Path, name], cancellationToken);
        if (whole.ExitCode != 0)
        {
            await RunAsync(["image", "export", archive.Path, name], cancellationToken);
        }

        return await archive.OpenAsync(cancellationToken);
    }

    /// <summary>What went wrong with the place.</summary>
    public RootfsImporterException Error(string problem, string hint) => _helper.Error(problem, hint);

    // ctr only says that it waited in vain.
    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Address), cancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            throw _helper.Error(
                $"{Address} may not be used by this user", "use it as root, or as a user whom its owner lets use it", e);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw _helper.Error(
                $"no containerd answers at {Address}: {e.Message}",
                "start containerd, or set CONTAINERD_ADDRESS to its socket", e);
        }
    }

    private Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        _helper.RunAsync(
            Program, [.. Global, .. arguments], $"see whether `{Command("image ls")}` works for this user",
            cancellationToken);
}
