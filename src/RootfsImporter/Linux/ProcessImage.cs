using System.ComponentModel;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace RootfsImporter.Linux;

/// <summary>Lets another program take the place of this one (execve(2)).</summary>
internal static class ProcessImage
{
    /// <summary>
    /// Replaces this process by another program: it keeps the process id, the terminal and the open standard
    /// streams, so that signals and the exit code need no forwarding. Returns only by throwing <see
    /// cref="HostException"/>.
    /// </summary>
    /// <param name="path">Absolute path of the program.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="environment">The complete environment.</param>
    public static void Replace(
        string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        // The runtime ignores SIGPIPE, an ignored signal stays ignored in the new program and in everything it starts,
        // and maintainer scripts that write to a closed pipe would then behave differently.
        Stdlib.SetSignalAction(Signum.SIGPIPE, SignalAction.Default);

        RemoveDiagnosticSockets(environment.GetValueOrDefault("TMPDIR"));

        // Both lists end with a null pointer.
        string?[] argv = [path, .. arguments, null];
        string?[] envp = [.. environment.Select(variable => $"{variable.Key}={variable.Value}"), null];
        _ = Syscall.execve(path, argv!, envp!);
        int errno = Marshal.GetLastPInvokeError();
        throw new HostException(
            $"the program '{path}' could not be started: execve: {new Win32Exception(errno).Message}",
            "check that it is a program for this machine");
    }

    /// <summary>
    /// Removes the socket by which the .NET runtime lets diagnostic tools in, which it does itself only when it ends in
    /// order: replaced, it would leave one in the user's directory for temporary files, and its successor with the same
    /// process id could not make its own.
    /// </summary>
    internal static void RemoveDiagnosticSockets(string? temporary)
    {
        // As the runtime does: not what Path.GetTempPath() makes of it.
        string directory = temporary is { Length: > 0 } named ? named : "/tmp";
        try
        {
            foreach (string socket in Directory.EnumerateFiles(
                directory, $"dotnet-diagnostic-{Environment.ProcessId}-*-socket"))
            {
                File.Delete(socket);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody misses them, and one that stays does no harm.
        }
    }
}
