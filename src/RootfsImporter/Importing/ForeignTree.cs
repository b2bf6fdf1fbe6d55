using System.Diagnostics;
using RootfsImporter.Archives;
using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Targets;
using RootfsImporter.Targets.Docker;
using RootfsImporter.Targets.Layouts;

namespace RootfsImporter.Importing;

/// <summary>
/// A root file system that is read and was made elsewhere. Disposed, its contents cannot be read any more.
/// </summary>
internal sealed class ForeignTree : IDisposable
{
    private readonly IReadOnlyList<IDisposable> _contents;

    private ForeignTree(RootTree tree, ImageConfig? config, params IReadOnlyList<IDisposable> contents)
    {
        Tree = new RootTree(TreeAttributes.Keep(tree.Entries));
        Config = config;
        _contents = contents;
    }

    /// <summary>The tree.</summary>
    public RootTree Tree { get; }

    /// <summary>The config of the image that it is of, or null.</summary>
    public ImageConfig? Config { get; }

    /// <summary>What the image says of its containers that gets lost, by name.</summary>
    public IReadOnlyList<string> LostSettings { get; private init; } = [];

    /// <summary>
    /// Reads a source. Throws <see cref="PackageFormatException"/> for an archive that is no root file system,
    /// <see cref="HostException"/> for what cannot be read, and for images as <see cref="ISource.ReadAsync"/>.
    /// </summary>
    public static Task<ForeignTree> ReadAsync(ImportRequest request, CancellationToken cancellationToken) =>
        request.Source switch
        {
            ImportSource.Archive archive => ReadArchiveAsync(request, archive, cancellationToken),
            ImportSource.Directory { IsImageLayout: true, Path: string path } =>
                ReadImageAsync(request, LayoutReaderOf(request, new DirectoryFiles(path)), cancellationToken),
            ImportSource.Directory { Path: string path } => Task.Run(
                () => new ForeignTree(ForeignDirectory.Read(path, cancellationToken), null), cancellationToken),
            ImportSource.Image { Source: ISource source } => ReadImageAsync(request, source.ReadAsync, cancellationToken),
            _ => throw new UnreachableException(),
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable content in _contents)
        {
            content.Dispose();
        }
    }

    private static Func<CancellationToken, Task<ImageSet>> LayoutReaderOf(ImportRequest request, ImageFiles files) =>
        cancellationToken => new LayoutReader(request.Source.Name, files)
            .ReadAsync(new ImageChoice.Only(), cancellationToken);

    private static SpoolLimits Limits(ImportRequest request) =>
        new() { TemporaryDirectory = request.WorkDirectory, MaxBytes = request.MaxBytes };

    private static async Task<ForeignTree> ReadArchiveAsync(
        ImportRequest request, ImportSource.Archive archive, CancellationToken cancellationToken)
    {
        SpooledTree spooled = await SpoolAsync(request, archive, cancellationToken);
        try
        {
            if (ImageReaderOf(request, spooled.Tree) is not { } read)
            {
                return new ForeignTree(spooled.Tree, null, spooled);
            }

            using (spooled)
            {
                return await ReadImageAsync(request, read, cancellationToken);
            }
        }
        catch
        {
            spooled.Dispose();
            throw;
        }
    }

    private static async Task<SpooledTree> SpoolAsync(
        ImportRequest request, ImportSource.Archive archive, CancellationToken cancellationToken)
    {
        string name = request.Source.Name;
        try
        {
            return await SpooledTree.ReadTarAsync(archive.Open(), Limits(request), cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new PackageFormatException($"cannot import {name}: {e.Message}", HintFor(e), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostException($"cannot read {name}: {e.Message}", null, e);
        }
    }

    private static string HintFor(InvalidDataException problem) =>
        IsTooLarge(problem)
            ? "when it is to be that large, allow more with --max-size"
            : "make the archive anew: sudo tar -C DIR -c . | rootfs-importer import -";

    private static bool IsTooLarge(InvalidDataException problem) =>
        problem.Message.Contains("that are allowed", StringComparison.Ordinal);

    /// <summary>How images are read from a tree that is an archive of them; null for one that is none.</summary>
    private static Func<CancellationToken, Task<ImageSet>>? ImageReaderOf(ImportRequest request, RootTree tree)
    {
        bool Has(string name) => tree.Find(RootPath.Parse(name)) is { Kind: EntryKind.File };
        TreeFiles files = new(tree);
        return Has(OciLayout.FileName) && Has(OciLayout.IndexFileName) ? LayoutReaderOf(request, files)
            : Has(DockerArchiveReader.ManifestFile) && tree.Find(RootPath.Parse("etc")) is null
                ? cancellationToken => new DockerArchiveReader(request.Source.Name, files)
                    .ReadAsync(new ImageChoice.Only(), cancellationToken)
            : null;
    }

    private static Task<ForeignTree> ReadImageAsync(
        ImportRequest request, Func<CancellationToken, Task<ImageSet>> read, CancellationToken cancellationToken) =>
        SourceErrors.RunAsync(request.Source.Name, async () =>
        {
            Image image = Choose(request, await read(cancellationToken));
            ImageConfig config = ImageConfig.Parse(image.Config.Span);
            SpooledTree spooled = await ReadLayersAsync(request, image, cancellationToken);
            return new ForeignTree(spooled.Tree, config, spooled) { LostSettings = TreeSettings.Lost(image.Config) };
        });

    private static async Task<SpooledTree> ReadLayersAsync(
        ImportRequest request, Image image, CancellationToken cancellationToken)
    {
        try
        {
            return await SpooledTree.ReadLayersAsync(image.Layers, Limits(request), cancellationToken);
        }
        catch (InvalidDataException e) when (IsTooLarge(e))
        {
            throw new PackageFormatException($"cannot import {request.Source.Name}: {e.Message}", HintFor(e), e);
        }
    }

    private static Image Choose(ImportRequest request, ImageSet images) => images.Images.Count == 1
        ? images.Images[0]
        : PlatformFilter.Take(request.Source.Name, images, [request.Architecture ?? Architecture.Host]).Images[0];
}
