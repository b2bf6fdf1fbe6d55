using System.Text.Json;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>
/// Makes an image of layers: its config and its manifest. A pure function; no host, time or version of this program
/// gets into the bytes, so that the same layers and settings always have the same image id and digest.
/// </summary>
public static class ImageAssembler
{
    /// <summary>An image of one layer.</summary>
    /// <param name="layer">The root file system.</param>
    /// <param name="settings">What containers of it run; empty settings are left out, as official images do.</param>
    /// <param name="platform">Its platform.</param>
    /// <param name="created">The build's SOURCE_DATE_EPOCH.</param>
    /// <param name="createdBy">
    /// What made the layer, for <c>docker history</c>: <c>rootfs-importer build ubuntu-24.04</c>. It is part of the
    /// image id, so nothing that differs between hosts or versions belongs there.
    /// </param>
    public static Image Assemble(
        Layer layer, ImageSettings settings, Platform platform, DateTimeOffset created, string createdBy) =>
        Assemble([layer], [new History { Created = created, CreatedBy = createdBy }], settings, platform, created);

    /// <summary>
    /// An image of several layers, base first, with the history of all of them: as many entries that are not
    /// <see cref="History.EmptyLayer"/> as there are layers, in their order. Throws
    /// <see cref="ArgumentException"/> when there are not.
    /// </summary>
    /// <param name="layers">The layers, base first.</param>
    /// <param name="history">Their history.</param>
    /// <param name="settings">What containers of it run.</param>
    /// <param name="platform">Its platform.</param>
    /// <param name="created">The build's SOURCE_DATE_EPOCH.</param>
    /// <param name="base">The image that it stands on, of which all is kept that the settings do not say; or null.</param>
    public static Image Assemble(
        IReadOnlyList<Layer> layers,
        IReadOnlyList<History> history,
        ImageSettings settings,
        Platform platform,
        DateTimeOffset created,
        Image? @base = null)
    {
        int historic = history.Count(entry => entry.EmptyLayer is not true);
        if (layers.Count == 0 || historic != layers.Count)
        {
            throw new ArgumentException($"{layers.Count} layers and the history of {historic}", nameof(history));
        }

        byte[] config = MakeConfig(layers, history, settings, platform, created, OthersOf(@base)).ToBytes();
        byte[] manifest = new Manifest
        {
            MediaType = MediaTypes.ImageManifest,
            Config = Describe(MediaTypes.ImageConfig, config),
            Layers = [.. layers.Select(layer => layer.Descriptor)],
            Annotations = MakeAnnotations(settings, created, @base),
        }.ToBytes();
        return new Image
        {
            Platform = platform,
            Layers = layers,
            Config = config,
            Manifest = manifest,
            Descriptor = Describe(MediaTypes.ImageManifest, manifest) with { Platform = platform },
        };
    }

    private static ImageConfig MakeConfig(
        IReadOnlyList<Layer> layers,
        IReadOnlyList<History> history,
        ImageSettings settings,
        Platform platform,
        DateTimeOffset created,
        Dictionary<string, JsonElement>? others) => new()
        {
            Created = created,
            Architecture = platform.Architecture,
            Os = platform.Os,
            Variant = platform.Variant,
            Config = new ContainerConfig
            {
                User = NullIfEmpty(settings.User),
                ExposedPorts = NullIfEmpty(settings.ExposedPorts),
                Env = NullIfEmpty(settings.Env),
                Entrypoint = NullIfEmpty(settings.Entrypoint),
                Cmd = NullIfEmpty(settings.Cmd),
                Volumes = NullIfEmpty(settings.Volumes),
                WorkingDir = NullIfEmpty(settings.WorkingDir),
                Labels = settings.Labels.Count == 0 ? null : settings.Labels,
                Others = others,
            },
            Rootfs = new RootfsLayers { DiffIds = [.. layers.Select(layer => layer.DiffId)] },
            History = history,
        };

    /// <summary>
    /// Registries and their pages read annotations, not labels, and need not fetch the config for them; so what the
    /// labels say of the image is said there too, and nothing else but when it was made and on what.
    /// </summary>
    private static SortedDictionary<string, string> MakeAnnotations(
        ImageSettings settings, DateTimeOffset created, Image? @base)
    {
        SortedDictionary<string, string> annotations = new(StringComparer.Ordinal)
        {
            [AnnotationKeys.Created] = TimeConverter.Format(created),
        };
        if (@base is not null)
        {
            annotations.Add(AnnotationKeys.BaseDigest, @base.Descriptor.Digest.ToString());
        }

        foreach (string key in AnnotationKeys.Descriptive)
        {
            if (settings.Labels.TryGetValue(key, out string? value))
            {
                annotations.Add(key, value);
            }
        }

        return annotations;
    }

    private static Dictionary<string, JsonElement>? OthersOf(Image? @base) =>
        @base is null ? null : ImageConfig.Parse(@base.Config.Span).Config?.Others;

    private static Descriptor Describe(string mediaType, byte[] content) =>
        new() { MediaType = mediaType, Digest = Digest.Of(content), Size = content.Length };

    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string> list) => list.Count == 0 ? null : list;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
