using RootfsImporter.Oci;

namespace RootfsImporter.TestData;

/// <summary>
/// Checks every invariant of an OCI layout on disk, with nothing of the code that wrote it but the documents' records,
/// and reports all violations together.
/// </summary>
public sealed class ImageValidator
{
    private readonly string _layout;
    private readonly List<string> _violations = [];
    private readonly HashSet<Digest> _reached = [];

    private ImageValidator(string layout) => _layout = layout;

    /// <summary>What is wrong, a line each; empty for a good layout.</summary>
    public static IReadOnlyList<string> Validate(string layoutDirectory)
    {
        ImageValidator validator = new(layoutDirectory);
        validator.CheckLayoutFile();
        validator.CheckIndexFile();
        validator.CheckFiles();
        return validator._violations;
    }

    /// <summary>Throws with all violations when there are any.</summary>
    public static void ThrowIfInvalid(string layoutDirectory)
    {
        IReadOnlyList<string> violations = Validate(layoutDirectory);
        if (violations.Count > 0)
        {
            throw new InvalidDataException(
                $"{layoutDirectory} breaks {violations.Count} rules:\n  {string.Join("\n  ", violations)}");
        }
    }

    private void CheckLayoutFile() => Guard(
        OciLayout.FileName, () => OciLayout.Parse(File.ReadAllBytes(Path.Combine(_layout, OciLayout.FileName))));

    private void CheckIndexFile() => Guard(OciLayout.IndexFileName, () =>
    {
        ImageIndex index = ImageIndex.Parse(File.ReadAllBytes(Path.Combine(_layout, OciLayout.IndexFileName)));
        Expect(index.MediaType == MediaTypes.ImageIndex, OciLayout.IndexFileName, $"mediaType is {index.MediaType}");
        IEnumerable<string?> tags = index.Manifests.Select(TagOf);
        foreach (string? tag in tags.GroupBy(tag => tag).Where(same => same.Count() > 1).Select(same => same.Key))
        {
            Fail(OciLayout.IndexFileName, $"tag '{tag}' is there more than once");
        }

        foreach (Descriptor descriptor in index.Manifests)
        {
            Expect(TagOf(descriptor) is not null, OciLayout.IndexFileName, $"{descriptor.Digest} has no ref.name");
            CheckDescriptor(descriptor);
        }
    });

    private static string? TagOf(Descriptor descriptor) =>
        descriptor.Annotations?.GetValueOrDefault(AnnotationKeys.RefName);

    /// <summary>Nothing lies about that no tag leads to: no half file, no blob of a former image.</summary>
    private void CheckFiles()
    {
        HashSet<string> expected =
        [
            OciLayout.FileName, OciLayout.IndexFileName, .. _reached.Select(OciLayout.BlobPath),
        ];
        foreach (string file in Directory.EnumerateFiles(_layout, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(_layout, file);
            Expect(expected.Contains(relative), relative, "nothing refers to it");
        }
    }

    private void CheckDescriptor(Descriptor descriptor) => Guard(descriptor.Digest.ToString(), () =>
    {
        byte[] json = ReadBlob(descriptor);
        switch (descriptor.MediaType)
        {
            case MediaTypes.ImageIndex:
                CheckIndex(descriptor, ImageIndex.Parse(json));
                break;
            case MediaTypes.ImageManifest:
                CheckManifest(descriptor, Manifest.Parse(json));
                break;
            default:
                Fail(descriptor.Digest.ToString(), $"media type {descriptor.MediaType} is none of an image");
                break;
        }
    });

    private void CheckIndex(Descriptor descriptor, ImageIndex index)
    {
        string where = $"index {descriptor.Digest}";
        Expect(index.MediaType == descriptor.MediaType, where, $"mediaType is {index.MediaType}");
        Expect(index.Manifests.Count > 0, where, "it is empty");
        string?[] platforms = [.. index.Manifests.Select(manifest => manifest.Platform?.ToString())];
        Expect(!platforms.Contains(null), where, "a manifest has no platform");
        Expect(platforms.Distinct().Count() == platforms.Length, where, "a platform is there twice");
        foreach (Descriptor child in index.Manifests)
        {
            Expect(TagOf(child) is null, where, "a ref.name means something in index.json only");
            CheckDescriptor(child);
        }
    }

    private void CheckManifest(Descriptor descriptor, Manifest manifest)
    {
        string where = $"manifest {descriptor.Digest}";
        Expect(manifest.MediaType == descriptor.MediaType, where, $"mediaType is {manifest.MediaType}");
        Expect(manifest.Config.MediaType == MediaTypes.ImageConfig, where, $"config is {manifest.Config.MediaType}");
        ImageConfig config = ImageConfig.Parse(ReadBlob(manifest.Config));
        bool isDerived = config.History?.Count > 1;
        foreach ((string key, string value) in manifest.Annotations ?? new Dictionary<string, string>())
        {
            bool isBaseKey = key.StartsWith("org.opencontainers.image.base.", StringComparison.Ordinal);
            Expect(!isBaseKey || isDerived, where, $"{key} names a base, and it has none");
            Expect(key != AnnotationKeys.BaseDigest || Digest.TryParse(value, out _), where, $"{key} is {value}");
        }

        Expect(
            descriptor.Platform is null || descriptor.Platform == config.Platform,
            where,
            $"its descriptor is for {descriptor.Platform}, its config for {config.Platform}");
        CheckConfig(manifest, config);
    }

    private void CheckConfig(Manifest manifest, ImageConfig config)
    {
        string where = $"config {manifest.Config.Digest}";
        IReadOnlyList<Digest> diffIds = config.Rootfs.DiffIds;
        Expect(config.Rootfs.Type == "layers", where, $"rootfs type is {config.Rootfs.Type}");
        Expect(diffIds.Count == manifest.Layers.Count, where, $"{diffIds.Count} DiffIds, {manifest.Layers.Count} layers");
        int historic = config.History?.Count(entry => entry.EmptyLayer is not true) ?? 0;
        Expect(historic == diffIds.Count, where, $"{historic} layers in the history, {diffIds.Count} DiffIds");
        for (int i = 0; i < Math.Min(diffIds.Count, manifest.Layers.Count); i++)
        {
            Descriptor layer = manifest.Layers[i];
            Digest diffId = diffIds[i];
            bool isBase = i == 0;
            Guard($"layer {layer.Digest}", () => _violations.AddRange(
                LayerValidator.Validate(layer, ReadBlob(layer), diffId, isBase)
                    .Select(violation => $"layer {layer.Digest}: {violation}")));
        }
    }

    private byte[] ReadBlob(Descriptor descriptor)
    {
        _reached.Add(descriptor.Digest);
        byte[] content = File.ReadAllBytes(Path.Combine(_layout, OciLayout.BlobPath(descriptor.Digest)));
        string where = descriptor.Digest.ToString();
        Expect(content.Length == descriptor.Size, where, $"{content.Length} bytes, its descriptor says {descriptor.Size}");
        Digest actual = Digest.Of(content);
        Expect(actual == descriptor.Digest, where, $"its content is {actual}");
        return content;
    }

    private void Expect(bool condition, string where, string violation)
    {
        if (!condition)
        {
            Fail(where, violation);
        }
    }

    private void Fail(string where, string violation) => _violations.Add($"{where}: {violation}");

    private void Guard(string where, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException)
        {
            Fail(where, e.Message);
        }
    }
}
