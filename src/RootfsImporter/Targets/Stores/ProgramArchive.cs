using RootfsImporter.Oci;
using RootfsImporter.Targets.Layouts;

namespace RootfsImporter.Targets.Stores;

/// <summary>
/// An OCI archive in a temporary file, for a program that reads one or writes one. Disposed, the file is gone.
/// </summary>
internal sealed class ProgramArchive : IDisposable
{
    private ProgramArchive(string path) => Path = path;

    /// <summary>The file, which only this user may read. It need not exist yet.</summary>
    public string Path { get; }

    /// <summary>The place for an archive that a program is to write: an empty file.</summary>
    public static ProgramArchive Reserve(TargetDefaults defaults)
    {
        string path = System.IO.Path.Combine(
            defaults.TemporaryDirectory, $".rootfs-importer-{System.IO.Path.GetRandomFileName()}.tar");
        Open(path).Dispose();
        return new ProgramArchive(path);
    }

    /// <summary>Writes an archive: every blob, each checked, and the root once for each name, or without any.</summary>
    /// <param name="target">The target as the user wrote it.</param>
    /// <param name="images">What is in it.</param>
    /// <param name="names">Full names for containerd; may be none.</param>
    /// <param name="defaults">Where temporary files are made.</param>
    /// <param name="cancellationToken">Cancels; nothing is left then.</param>
    public static async Task<ProgramArchive> WriteAsync(
        string target, ImageSet images, IReadOnlyList<Reference> names, TargetDefaults defaults,
        CancellationToken cancellationToken)
    {
        ProgramArchive archive = Reserve(defaults);
        try
        {
            await using FileStream file = new(
                archive.Path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            await OciArchive.Of(images, Tagged(images.Root, names)).WriteToAsync(file, cancellationToken);
            return archive;
        }
        catch (Exception e)
        {
            archive.Dispose();
            if (DeliveryErrors.IsExpected(e))
            {
                throw DeliveryErrors.Wrap(target, e, archive.Path, defaults.TemporaryDirectory);
            }

            throw;
        }
    }

    /// <summary>Opens what a program wrote; it stays readable when this is disposed.</summary>
    public Task<ArchiveFiles> OpenAsync(CancellationToken cancellationToken) => ArchiveFiles.OpenAsync(
        new FileStream(
            Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0,
            FileOptions.Asynchronous),
        cancellationToken);

    /// <summary>The one image or index of such an archive. Throws <see cref="InvalidDataException"/>.</summary>
    public static async Task<ImageSet> ReadAsync(ArchiveFiles files, CancellationToken cancellationToken)
    {
        IReadOnlyList<Descriptor> roots =
            (await LayoutReader.ReadIndexAsync(files, cancellationToken))?.Manifests ?? [];
        return roots.Count == 1
            ? await LayoutReader.Reader(files).ReadAsync(LayoutReader.WithoutNames(roots[0]), cancellationToken)
            : throw new InvalidDataException($"it was written with {roots.Count} images, not one");
    }

    public void Dispose() => File.Delete(Path);

    private static IEnumerable<Descriptor> Tagged(Descriptor root, IReadOnlyList<Reference> names) => names.Count == 0
        ? [root]
        : names.Select(name => root with
        {
            Annotations = new Dictionary<string, string>
            {
                [AnnotationKeys.ContainerdImageName] = name.ToString(),
                [AnnotationKeys.RefName] = name.Tag!,
            },
        });

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string directory = System.IO.Path.GetDirectoryName(path)!;
            throw new HostException(
                $"cannot make a temporary file in {directory}: {e.Message.Replace(path, directory, StringComparison.Ordinal)}",
                "set TMPDIR to a directory with space", e);
        }
    }
}
