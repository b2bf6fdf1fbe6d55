using RootfsImporter.Files;
using RootfsImporter.Linking;
using RootfsImporter.Packages;

namespace RootfsImporter.Scratch;

/// <summary>The roots that files of a minimal image are taken from. Disposing it closes them.</summary>
internal sealed class ScratchSource : IDisposable
{
    private readonly List<IDisposable> _open;

    private ScratchSource(ILinkRoot root, ILinkRoot host, Lockfile? lockfile, params IDisposable[] open)
    {
        Root = root;
        Host = host;
        Lockfile = lockfile;
        _open = [.. open];
    }

    /// <summary>Where libraries are.</summary>
    public ILinkRoot Root { get; }

    /// <summary>The host, which may be the same.</summary>
    public ILinkRoot Host { get; }

    /// <summary>The packages in the root, or null.</summary>
    public Lockfile? Lockfile { get; }

    /// <summary>A directory of the host. Throws <see cref="ProfileException"/> when it is none.</summary>
    public static ScratchSource OfHost(string root)
    {
        Rootfs host = Rootfs.Open("/");
        DiskRoot hostRoot = new(host);
        if (root == "/")
        {
            return new ScratchSource(hostRoot, hostRoot, null, host);
        }

        if (!Directory.Exists(root))
        {
            host.Dispose();
            throw new ProfileException($"the root {root} is no directory", "name the directory of an unpacked root file system");
        }

        Rootfs other = Rootfs.Open(root);
        return new ScratchSource(new DiskRoot(other), hostRoot, null, other, host);
    }

    /// <summary>A temporary tree of packages, which is owned from here on.</summary>
    public static ScratchSource OfPackages(WorkTree work, Lockfile lockfile)
    {
        Rootfs host = Rootfs.Open("/");
        return new ScratchSource(new DiskRoot(work.Rootfs), new DiskRoot(host), lockfile, work, host);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable one in _open)
        {
            one.Dispose();
        }
    }
}
