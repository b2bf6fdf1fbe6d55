using RootfsImporter.Files;

namespace RootfsImporter.Sandbox;

/// <summary>
/// Files that a command is to find, where the root has none of its own: a policy that no service starts, the name of
/// this host, and with a network the host's resolvers. They are there while the command runs and at no other time, so
/// that no package that is put in place before or after it finds them in its way.
/// </summary>
internal sealed class StandIns : IDisposable
{
    private const int ProgramMode = 0x1ED;
    private const int FileMode = 0x1A4;
    private const int MaxBytes = 1 << 20;
    private const string HostResolver = "/etc/resolv.conf";
    private static readonly RootPath PolicyFile = RootPath.Parse("usr/sbin/policy-rc.d");
    private static readonly RootPath ResolverFile = RootPath.Parse("etc/resolv.conf");
    private static readonly RootPath HostsFile = RootPath.Parse("etc/hosts");

    private readonly Rootfs _rootfs;
    private readonly Dictionary<RootPath, byte[]> _written = [];

    /// <summary>Writes those that are missing; disposing removes them.</summary>
    public StandIns(Rootfs rootfs, bool hasNetwork)
    {
        _rootfs = rootfs;
        try
        {
            Write(PolicyFile, "#!/bin/sh\nexit 101\n"u8.ToArray(), ProgramMode);
            Write(HostsFile, "127.0.0.1 localhost\n::1 localhost\n"u8.ToArray(), FileMode);
            if (hasNetwork && File.Exists(HostResolver))
            {
                Write(ResolverFile, File.ReadAllBytes(HostResolver), FileMode);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the command put in the place of a stand-in is the root's own, and stays.</summary>
    public void Dispose()
    {
        foreach ((RootPath path, byte[] content) in _written)
        {
            if (_rootfs.TryReadFile(path, MaxBytes) is byte[] found && found.AsSpan().SequenceEqual(content))
            {
                _rootfs.Remove(path);
            }
        }
    }

    private void Write(RootPath path, byte[] content, int mode)
    {
        if (_rootfs.TryGetKind(path) is null && _rootfs.IsDirectory(path.Parent))
        {
            _rootfs.WriteFile(path, content, mode);
            _written.Add(path, content);
        }
    }
}
