using System.Net.Sockets;
using System.Runtime.InteropServices;
using RootfsImporter.Linux;

namespace RootfsImporter.Doctor;

/// <summary>
/// What checks see of a host. Its members stand for the real host; tests put others in their place.
/// </summary>
internal sealed record Host
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The directory below which system files are read.</summary>
    public string Root { get; init; } = "/";

    /// <summary>The PATH that programs are searched in.</summary>
    public required string SearchPath { get; init; }

    /// <summary>Whether the effective user is root.</summary>
    public bool IsRoot { get; init; } = Environment.IsPrivilegedProcess;

    /// <summary>The login name.</summary>
    public string UserName { get; init; } = Environment.UserName;

    /// <summary>The numeric user, which /etc/subuid may name instead of the login name.</summary>
    public uint UserId { get; init; } = Mono.Unix.Native.Syscall.getuid();

    /// <summary>Whether a shared library can be loaded, by its file name.</summary>
    public Func<string, bool> CanLoadLibrary { get; init; } = static name =>
    {
        bool isLoaded = NativeLibrary.TryLoad(name, out nint handle);
        if (isLoaded)
        {
            NativeLibrary.Free(handle);
        }

        return isLoaded;
    };

    /// <summary>
    /// Runs a program with arguments, for at most five seconds: null when it cannot be started.
    /// </summary>
    public Func<Host, IReadOnlyList<string>, CancellationToken, Task<ChildResult?>> RunAsync { get; init; } =
        ProbeAsync;

    /// <summary>The free bytes for this user on the file system of an existing directory.</summary>
    public Func<string, long> FreeBytes { get; init; } =
        static directory => new DriveInfo(directory).AvailableFreeSpace;

    /// <summary>Whether an existing directory can be written to.</summary>
    public Func<string, bool> CanWrite { get; init; } = static directory => Mono.Unix.Native.Syscall.access(
        directory, Mono.Unix.Native.AccessModes.W_OK) == 0;

    /// <summary>Connects to a unix: or tcp: address; null when it answers, else what went wrong.</summary>
    public Func<Uri, CancellationToken, Task<SocketError?>> ConnectAsync { get; init; } = TryConnectAsync;

    /// <summary>The first program of several that the search path has, or null.</summary>
    public string? Find(params ReadOnlySpan<string> programs)
    {
        foreach (string program in programs)
        {
            if (ChildProcess.Find(program, SearchPath) is string path)
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>
    /// The text of a system file without trailing white space, or null when it cannot be read.
    /// </summary>
    public string? ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(Below(path)).TrimEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Where a system path lies.</summary>
    public string Below(string path) => Path.Join(Root, path);

    private static async Task<ChildResult?> ProbeAsync(
        Host host, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        if (host.Find(command[0]) is not string program)
        {
            return null;
        }

        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ProbeTimeout);
        try
        {
            return await new ChildProcess
            {
                FileName = program,
                Arguments = [.. command.Skip(1)],
                Environment = new Dictionary<string, string> { ["PATH"] = host.SearchPath, ["LC_ALL"] = "C" },
            }.RunAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ChildResult(124, "", $"no end after {ProbeTimeout.TotalSeconds:0} seconds");
        }
    }

    private static async Task<SocketError?> TryConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        bool isLocal = address.Scheme == "unix";
        using Socket socket = new(
            isLocal ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream,
            isLocal ? ProtocolType.Unspecified : ProtocolType.Tcp);
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ProbeTimeout);
        try
        {
            Task connect = isLocal
                ? socket.ConnectAsync(new UnixDomainSocketEndPoint(address.AbsolutePath), timeout.Token).AsTask()
                : socket.ConnectAsync(address.Host, address.Port > 0 ? address.Port : 2375, timeout.Token).AsTask();
            await connect;
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return SocketError.TimedOut;
        }
    }
}
