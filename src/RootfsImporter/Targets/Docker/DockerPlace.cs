using RootfsImporter.Oci;
using RootfsImporter.Targets.Layouts;

namespace RootfsImporter.Targets.Docker;

/// <summary>What people write for a Docker Engine and for its archives.</summary>
internal static class DockerPlace
{
    /// <summary><c>docker-archive:FILE[:NAME:TAG]</c>.</summary>
    internal static DockerArchiveTarget ParseArchiveTarget(PlaceText text, TargetDefaults defaults)
    {
        (string file, string? name) = text.SplitPath();
        Reference reference = name is null ? defaults.Reference : text.Reference(name);
        return new DockerArchiveTarget(text.Text, file, reference.WithDefaultTag(), defaults);
    }

    /// <summary><c>docker-archive:FILE</c> and which image of it.</summary>
    internal static ArchiveSource ParseArchiveSource(PlaceText text, TargetDefaults defaults)
    {
        (string file, string? label) = text.SplitPath();
        ImageChoice choice = label is null || label.StartsWith('@')
            ? LayoutPlace.ChoiceOf(text, label)
            : new ImageChoice.Named(text.Reference(label).ToString());
        return new ArchiveSource(
            text.Text,
            cancellationToken => ArchiveFiles.OpenAsync(
                Path.GetFullPath(file, defaults.BaseDirectory), defaults.TemporaryDirectory, cancellationToken),
            (files, cancellationToken) => new DockerArchiveReader(text.Text, files).ReadAsync(choice, cancellationToken));
    }

    /// <summary><c>docker-daemon:NAME:TAG</c>.</summary>
    internal static DockerDaemonTarget ParseDaemonTarget(PlaceText text, TargetDefaults defaults) =>
        new(text.Text, text.Reference(text.Place), defaults);

    /// <summary><c>docker-daemon:NAME:TAG</c>: the engine is asked to save the image, into a temporary file.</summary>
    internal static ArchiveSource ParseDaemonSource(PlaceText text, TargetDefaults defaults)
    {
        Reference reference = text.Reference(text.Place);
        return new ArchiveSource(
            text.Text,
            async cancellationToken =>
            {
                using DockerEngine engine = new(defaults.DockerHost, PlaceKind.Source);
                return await ArchiveFiles.OpenAsync(
                    await engine.SaveAsync(reference.Familiar, defaults.TemporaryDirectory, cancellationToken),
                    cancellationToken);
            },
            (files, cancellationToken) =>
                new DockerArchiveReader(text.Text, files).ReadAsync(new ImageChoice.Only(), cancellationToken));
    }
}
