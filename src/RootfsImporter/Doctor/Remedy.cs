namespace RootfsImporter.Doctor;

/// <summary>
/// The command that installs a thing on this host's distribution (os-release(5), ID and ID_LIKE).
/// </summary>
internal sealed class Remedy(Host host)
{
    /// <summary>
    /// Package names by thing and package manager: apt, dnf, apk. A blank means that the distribution has
    /// none, or has it in its base.
    /// </summary>
    private static readonly Dictionary<string, (string Apt, string Dnf, string Apk)> Packages = new()
    {
        ["unshare"] = ("util-linux", "util-linux", "util-linux-misc"),
        ["newuidmap"] = ("uidmap", "shadow-utils", "shadow-uidmap"),
        ["gpgv"] = ("gpgv", "gnupg2", "gpgv"),
        ["liblzma"] = ("liblzma5", "xz-libs", "xz-libs"),
        ["libzstd"] = ("libzstd1", "libzstd", "zstd-libs"),
        ["libbz2"] = ("libbz2-1.0", "bzip2-libs", "libbz2"),
        ["debootstrap"] = ("debootstrap", "debootstrap", "debootstrap"),
        ["mmdebstrap"] = ("mmdebstrap", "", ""),
        ["emulation"] = ("qemu-user-static", "qemu-user-static", "qemu-openrc"),
        ["docker"] = ("docker.io", "moby-engine", "docker"),
        ["podman"] = ("podman", "podman", "podman"),
        ["skopeo"] = ("skopeo", "skopeo", "skopeo"),
        ["buildah"] = ("buildah", "buildah", "buildah"),
        ["ctr"] = ("containerd", "containerd", "containerd-ctr"),
    };

    private readonly string _distributions = ReadDistributions(host);

    /// <summary>os-release ID of the host, and what it is like, parted by blanks.</summary>
    public string Distributions => _distributions;

    /// <summary>
    /// The command that installs what <see cref="Packages"/> knows, or null on another distribution.
    /// </summary>
    public string? Install(string thing)
    {
        (string apt, string dnf, string apk) = Packages[thing];
        (string? command, string name) = Is("debian", "ubuntu") ? ("apt-get install -y", apt)
            : Is("fedora", "rhel") ? ("dnf install -y", dnf)
            : Is("alpine") ? ("apk add", apk)
            : (null, "");
        return name.Length > 0 ? AsRoot($"{command} {name}") : null;
    }

    /// <summary>The command as this user has to type it.</summary>
    public string AsRoot(string command) => host.IsRoot ? command : $"sudo {command}";

    private bool Is(params ReadOnlySpan<string> names)
    {
        foreach (string word in _distributions.Split(' '))
        {
            if (names.Contains(word))
            {
                return true;
            }
        }

        return false;
    }

    private static string ReadDistributions(Host host)
    {
        List<string> words = [];
        foreach (string line in (host.ReadFile("/etc/os-release") ?? "").Split('\n'))
        {
            if (line.StartsWith("ID=", StringComparison.Ordinal)
                || line.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            {
                words.Add(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"', '\''));
            }
        }

        return string.Join(' ', words);
    }
}
