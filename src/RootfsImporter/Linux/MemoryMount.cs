using System.Diagnostics;
using System.Globalization;

namespace RootfsImporter.Linux;

/// <summary>
/// A tmpfs that only this process and its children see. It lives in a mount namespace held open by a small child; this
/// process, which has several threads and so cannot enter the namespace, reaches it through /proc/PID/root. The child
/// ends when its standard input closes, so that nothing stays mounted whatever happens to this process.
/// </summary>
internal sealed class MemoryMount : IDisposable
{
    // A terminal sends its signals to all of the program's children; the mount has to outlive what they interrupt.
    private const string Hold = """
        trap '' HUP INT QUIT TERM
        mount -t tmpfs -o "size=$2,mode=0700" tmpfs "$1" && echo ready && exec cat
        """;

    private readonly Process _holder;

    private MemoryMount(Process holder, string directory)
    {
        _holder = holder;
        InnerPath = directory;
    }

    /// <summary>The mount's path inside its namespace.</summary>
    public string InnerPath { get; }

    /// <summary>The mount's path as this process reaches it.</summary>
    public string OuterPath => $"/proc/{_holder.Id.ToString(CultureInfo.InvariantCulture)}/root{InnerPath}";

    /// <summary>The namespace, for nsenter(1).</summary>
    public string NamespaceFile => $"/proc/{_holder.Id.ToString(CultureInfo.InvariantCulture)}/ns/mnt";

    /// <summary>
    /// Mounts over an existing directory, for at most <paramref name="maxBytes"/>; null where the host does not allow it.
    /// </summary>
    public static MemoryMount? TryCreate(string directory, long maxBytes)
    {
        ProcessStartInfo start = new("unshare")
        {
            ArgumentList =
            {
                "--mount", "--propagation", "private", "--", "/bin/sh", "-c", Hold, "hold", directory,
                maxBytes.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process? holder = null;
        try
        {
            holder = Process.Start(start)!;
            MemoryMount mount = new(holder, directory);
            if (holder.StandardOutput.ReadLine() == "ready" && Directory.Exists(mount.OuterPath))
            {
                return mount;
            }
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException)
        {
            // No unshare on this host, or it is not allowed: the disk does as well.
        }

        // It may be holding a mount by now that this process cannot reach.
        holder?.StandardInput.Close();
        holder?.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
