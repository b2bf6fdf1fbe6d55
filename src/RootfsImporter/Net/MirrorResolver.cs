using RootfsImporter.Profiles;

namespace RootfsImporter.Net;

/// <summary>
/// Decides where the archives of a profile are fetched from: the mirrors that the user named, then those of the
/// profile, and for the family deb those of the host's own apt sources when the host runs the same distribution, and
/// last the default that the host's debootstrap declares.
/// </summary>
public static class MirrorResolver
{
    private const string Main = "main";

    /// <summary>
    /// The mirrors of each archive that the profile's pockets use, by archive name, each with a trailing slash, in the
    /// order to try them. At each step of the order, an archive that lies beside <c>main</c> and has no mirror of its
    /// own takes main's with the last path segment replaced. Archives that do not hold the architecture are left out.
    /// Throws <see cref="FetchException"/> when an archive has no mirror at all.
    /// </summary>
    public static async Task<IReadOnlyDictionary<string, ArchiveMirrors>> ResolveAsync(
        MirrorRequest request, CancellationToken cancellationToken)
    {
        HostAptSources host = HostAptSources.Read(request.HostRoot);
        Dictionary<string, ArchiveMirrors> mirrors = new(StringComparer.Ordinal);
        IEnumerable<string> names = request.Profile.Pockets.Select(pocket => pocket.Archive);
        foreach (string name in names.Distinct(StringComparer.Ordinal))
        {
            Archive archive = request.Profile.Archives[name];
            if (archive.Architectures?.Contains(request.Architecture) != false)
            {
                mirrors[name] = await ResolveAsync(request, archive, host, cancellationToken);
            }
        }

        return mirrors;
    }

    private static async Task<ArchiveMirrors> ResolveAsync(
        MirrorRequest request, Archive archive, HostAptSources host, CancellationToken cancellationToken)
    {
        IReadOnlyList<Uri> user = Own(archive, a => request.Mirrors.GetValueOrDefault(a.Name, []), request);
        IReadOnlyList<Uri> profile = Own(archive, a => a.Mirrors, request);
        IReadOnlyList<Uri> own = Own(archive, a => host.Mirrors(a, request.Profile, request.Architecture), request);
        IReadOnlyList<Uri> declared = await DefaultsAsync(archive, request, cancellationToken);
        Uri[] mirrors = [.. user, .. profile, .. own, .. declared];
        return mirrors.Length > 0
            ? new ArchiveMirrors(
                [.. mirrors.Select(MirrorAddress.WithSlash).DistinctBy(mirror => mirror.AbsoluteUri)],
                MirrorAddress.WithSlash(((Uri[])[.. declared, .. profile, .. own, .. user])[0]))
            : throw NoMirror(request, archive);
    }

    /// <summary>One step of the order: the archive's own mirrors, or the places beside main's.</summary>
    private static IReadOnlyList<Uri> Own(
        Archive archive, Func<Archive, IReadOnlyList<Uri>> step, MirrorRequest request)
    {
        IReadOnlyList<Uri> own = step(archive);
        return own.Count > 0 || archive.Beside is null
            ? own
            : Beside(archive.Beside, step(request.Profile.Archives[Main]));
    }

    private static async Task<IReadOnlyList<Uri>> DefaultsAsync(
        Archive archive, MirrorRequest request, CancellationToken cancellationToken)
    {
        string? script = archive.DebootstrapScript;
        string? besideScript = archive.Beside is null
            ? null
            : request.Profile.Archives[Main].DebootstrapScript;
        Uri? mirror = (script ?? besideScript) is string declaring
            ? await DebootstrapDefaults.FindAsync(
                request.HostRoot, declaring, request.Profile.Suite, request.Architecture, cancellationToken)
            : null;
        return mirror is null ? [] : script is null ? Beside(archive.Beside!, [mirror]) : [mirror];
    }

    private static IReadOnlyList<Uri> Beside(string segment, IReadOnlyList<Uri> mirrors) =>
        [.. mirrors.Select(mirror => MirrorAddress.WithLastSegment(mirror, segment))];

    private static FetchException NoMirror(MirrorRequest request, Archive archive) => new(
        $"no mirror is known for the archive '{archive.Name}' of {request.Profile.Name} ({request.Architecture})",
        "name one with --mirror, in the environment variable ROOTFS_IMPORTER_MIRROR, or under the profile's 'archives:'"
        + (request.Profile.Family == "deb" ? "; or install the package debootstrap, which declares the default" : ""));
}
