namespace RootfsImporter.Doctor;

/// <summary>
/// What a native build needs besides namespaces: verification, codecs, mirrors, a kernel and space.
/// </summary>
internal static class BuildChecks
{
    /// <summary>A base image's tree, its layer and its packages are a third of it.</summary>
    private const long MinFreeBytes = 1_000_000_000;

    /// <summary>openat2(2), which keeps every path inside the rootfs.</summary>
    private static readonly Version MinKernel = new(5, 6);

    /// <summary>The checks in order.</summary>
    public static IReadOnlyList<HostCheck> Examine(Host host, Remedy remedy, DoctorRequest request) =>
    [
        CheckKernel(host),
        CheckVerifier(host, remedy),
        CheckLibrary(host, remedy, "liblzma", "liblzma.so.5", "xz", CheckStatus.Missing),
        CheckLibrary(host, remedy, "libzstd", "libzstd.so.1", "zstd", CheckStatus.Missing),
        CheckLibrary(host, remedy, "libbz2", "libbz2.so.1.0", "bzip2 (old packages only)", CheckStatus.Absent),
        CheckMirrors(host, remedy),
        CheckEngine(host, remedy, "mmdebstrap"),
        CheckEngine(host, remedy, "debootstrap"),
        CheckSpace(host, "cache directory", request.CacheDirectory, "--cache-dir"),
        CheckSpace(host, "work directory", request.WorkDirectory, "--work-dir"),
    ];

    private static HostCheck CheckKernel(Host host)
    {
        string release = host.ReadFile("/proc/sys/kernel/osrelease") ?? "unknown";
        string digits = new([.. release.TakeWhile(character => char.IsAsciiDigit(character) || character == '.')]);
        bool isNew = Version.TryParse(digits.TrimEnd('.'), out Version? version) && version >= MinKernel;
        return New("kernel", isNew, isNew
            ? release
            : $"{release}, of 5.6 or newer that is needed (openat2 keeps every path inside the rootfs)");
    }

    private static HostCheck CheckVerifier(Host host, Remedy remedy) =>
        host.Find("gpgv", "sqv") is string verifier
            ? New("gpgv or sqv", true, verifier)
            : New("gpgv or sqv", false, "neither was found; one of them verifies the archives' signatures") with
            {
                Remedy = remedy.Install("gpgv"),
            };

    private static HostCheck CheckLibrary(
        Host host, Remedy remedy, string name, string file, string format, CheckStatus otherwise) =>
        host.CanLoadLibrary(file)
            ? New(name, true, file)
            : New(name, false, $"{file} cannot be loaded; it reads {format}") with
            {
                Status = otherwise,
                Remedy = remedy.Install(name),
            };

    private static HostCheck CheckEngine(Host host, Remedy remedy, string program) =>
        host.Find(program) is string path
            ? New($"--engine {program}", true, path)
            : New($"--engine {program}", false, $"{program} was not found; nothing else needs it") with
            {
                Status = CheckStatus.Absent,
                Remedy = remedy.Install(program),
            };

    private static HostCheck CheckMirrors(Host host, Remedy remedy)
    {
        if (Directory.Exists(host.Below("/usr/share/debootstrap/scripts")))
        {
            return New("default mirrors", true, "declared by debootstrap");
        }

        bool hasSources = File.Exists(host.Below("/etc/apt/sources.list"))
            || (Directory.Exists(host.Below("/etc/apt/sources.list.d"))
                && Directory.EnumerateFiles(host.Below("/etc/apt/sources.list.d")).Any());
        return New("default mirrors", hasSources, hasSources
            ? $"this host's apt sources, for {remedy.Distributions.Split(' ')[0]} only; "
                + "debootstrap declares the others"
            : "none: debootstrap declares them, or name one with --mirror") with
        {
            Status = hasSources ? CheckStatus.Absent : CheckStatus.Missing,
            Remedy = remedy.Install("debootstrap"),
        };
    }

    private static HostCheck CheckSpace(Host host, string name, string directory, string option)
    {
        string existing = directory;
        while (!Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing) ?? "/";
        }

        if (!host.CanWrite(existing))
        {
            return New(name, false, $"{directory}: {existing} cannot be written to; name another with {option}");
        }

        long free = host.FreeBytes(existing);
        string found = FormattableString.Invariant($"{directory}, {free / 1e9:0.0} GB free");
        return free >= MinFreeBytes
            ? New(name, true, found)
            : New(name, false, $"{found}, of 1 GB that a build may need; name another with {option}");
    }

    private static HostCheck New(string name, bool isThere, string found) => new()
    {
        Area = HostDoctor.Build,
        Name = name,
        Status = isThere ? CheckStatus.Ok : CheckStatus.Missing,
        Found = found,
    };
}
