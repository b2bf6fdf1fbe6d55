using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Stores;

/// <summary>
/// A store of containers/storage, through the first of podman, buildah and skopeo that is installed. It has no interface
/// but these programs' own code, and locks and a database that only they should touch.
/// </summary>
/// <remarks>
/// All three read an OCI archive and keep its manifest byte for byte, so the manifest's digest is known to the store. They
/// keep layers unpacked, however: what comes out of a store again is compressed anew, with the same DiffIds and
/// the same config. podman is first because it checks most and is what most people have.
/// </remarks>
internal sealed class ContainersStore
{
    private readonly ContainersStoragePlace _place;
    private readonly HelperProgram _helper;
    private readonly string _program;

    private ContainersStore(ContainersStoragePlace place, HelperProgram helper, string program)
    {
        _place = place;
        _helper = helper;
        _program = program;
    }

    private bool IsSkopeo => _program == "skopeo";

    private string Hint => IsSkopeo
        ? "see whether skopeo works for this user"
        : $"see whether `{Command("images")}` works for this user";

    /// <summary>The store, for the user who runs this. Throws when none of the programs is installed.</summary>
    public static ContainersStore Open(ContainersStoragePlace place, TargetDefaults defaults)
    {
        HelperProgram helper = new(place.Text, defaults);
        return helper.Find("podman", "buildah", "skopeo") is { } program
            ? new ContainersStore(place, helper, program)
            : throw helper.Error(
                "none of podman, buildah and skopeo is installed", "install podman; `rootfs-importer doctor` says how");
    }

    /// <summary>A command of the program on this store, as people type it.</summary>
    public string Command(string arguments) => string.Join(
        ' ', [_program, .. (_place.Store?.Options ?? []).Select(ShellText.Quote), arguments]);

    /// <summary>Whether the store can be opened; skopeo has no command that says so.</summary>
    public Task CheckAsync(CancellationToken cancellationToken) =>
        IsSkopeo ? Task.CompletedTask : RunAsync(["images", "--quiet", "--filter", "dangling=true"], cancellationToken);

    /// <summary>
    /// Takes the one image of an archive without names, and then gives it its names, which moves them from what had
    /// them.
    /// </summary>
    public async Task LoadAsync(
        string archive, Digest imageId, IReadOnlyList<Reference> names, CancellationToken cancellationToken)
    {
        if (!IsSkopeo)
        {
            await RunAsync(["pull", "--quiet", $"oci-archive:{archive}"], cancellationToken);
            await RunAsync(["tag", imageId.Hex, .. names.Select(name => name.ToString())], cancellationToken);
            return;
        }

        foreach (Reference name in names)
        {
            await RunAsync(["copy", "--quiet", $"oci-archive:{archive}", Address(name)], cancellationToken);
        }
    }

    /// <summary>What the store says of a name: the image's id and its manifests' digests, as far as the program tells.</summary>
    public Task<string> InspectAsync(Reference name, CancellationToken cancellationToken) => _program switch
    {
        "podman" => RunAsync(
            ["image", "inspect", "--format", "{{.Id}} {{.Digest}} {{.RepoDigests}}", name.ToString()], cancellationToken),
        "buildah" => RunAsync(
            ["inspect", "--type", "image", "--format", "{{.FromImageID}} {{.FromImageDigest}}", name.ToString()],
            cancellationToken),
        _ => RunAsync(["inspect", "--format", "{{.Digest}}", Address(name)], cancellationToken),
    };

    /// <summary>The image, as the program writes it to an OCI archive.</summary>
    public async Task<ArchiveFiles> SaveAsync(TargetDefaults defaults, CancellationToken cancellationToken)
    {
        string name = _place.Reference.ToString();
        using ProgramArchive archive = ProgramArchive.Reserve(defaults);
        await RunAsync(
            _program switch
            {
                "podman" => ["save", "--quiet", "--format", "oci-archive", "--output", archive.Path, name],
                "buildah" => ["push", "--quiet", name, $"oci-archive:{archive.Path}"],
                _ => ["copy", "--quiet", Address(_place.Reference), $"oci-archive:{archive.Path}"],
            },
            cancellationToken);
        return await archive.OpenAsync(cancellationToken);
    }

    /// <summary>The error for an image that is not ours.</summary>
    public RootfsImporterException Error(string problem, string hint) => _helper.Error(problem, hint);

    private string Address(Reference name) => $"containers-storage:{_place.Store}{name}";

    private Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        _helper.RunAsync(
            _program, [.. IsSkopeo ? [] : _place.Store?.Options ?? [], .. arguments], Hint, cancellationToken);
}
