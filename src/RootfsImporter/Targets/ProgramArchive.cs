using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

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
            await WriteAsync(images, names, file, cancellationToken);
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
        ReadOnlyMemory<byte> index = await files.ReadAsync(OciLayout.IndexFileName, cancellationToken);
        IReadOnlyList<Descriptor> roots = ImageIndex.Parse(index.Span).Manifests;
        ImageSetReader reader = files.Reader(descriptor => OciLayout.BlobPath(descriptor.Digest));
        return roots.Count == 1
            ? await reader.ReadAsync(roots[0], cancellationToken)
            : throw new InvalidDataException($"it was written with {roots.Count} images, not one");
    }

    public void Dispose() => File.Delete(Path);

    private static async Task WriteAsync(
        ImageSet images, IReadOnlyList<Reference> names, Stream file, CancellationToken cancellationToken)
    {
        await AddAsync(OciLayout.FileName, OciLayout.CurrentBytes.ToArray());
        await AddAsync(OciLayout.IndexFileName, MakeIndex(images.Root, names).ToBytes());
        await file.WriteAsync(ArchiveTar.DirectoryHeader("blobs/"), cancellationToken);
        await file.WriteAsync(ArchiveTar.DirectoryHeader(OciLayout.BlobDirectory + "/"), cancellationToken);
        foreach (Blob blob in images.Blobs())
        {
            (Digest digest, long size) = (blob.Descriptor.Digest, blob.Descriptor.Size);
            await file.WriteAsync(ArchiveTar.FileHeader(OciLayout.BlobPath(digest), size), cancellationToken);
            await using (Stream source = await blob.Content.OpenAsync(cancellationToken))
            {
                await LayerContent.CopyVerifiedAsync(source, file, digest, size, cancellationToken);
            }

            await file.WriteAsync(ArchiveTar.Padding(size), cancellationToken);
        }

        await file.WriteAsync(ArchiveTar.End, cancellationToken);

        async Task AddAsync(string name, byte[] content)
        {
            await file.WriteAsync(ArchiveTar.FileHeader(name, content.Length), cancellationToken);
            await file.WriteAsync(content, cancellationToken);
            await file.WriteAsync(ArchiveTar.Padding(content.Length), cancellationToken);
        }
    }

    private static ImageIndex MakeIndex(Descriptor root, IReadOnlyList<Reference> names) => new()
    {
        MediaType = MediaTypes.ImageIndex,
        Manifests = names.Count == 0 ? [root] :
        [
            .. names.Select(name => root with
            {
                Annotations = new Dictionary<string, string>
                {
                    [AnnotationKeys.ContainerdImageName] = name.ToString(),
                    [AnnotationKeys.RefName] = name.Tag!,
                },
            }),
        ],
    };

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
