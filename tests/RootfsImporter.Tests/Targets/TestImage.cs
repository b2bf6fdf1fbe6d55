using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

/// <summary>Images and targets as the tests of this folder need them.</summary>
internal static class TestImage
{
    internal static Image Create(
        TempDirectory directory,
        string content,
        string architecture = "amd64",
        LayerCompression compression = LayerCompression.Gzip) =>
        Of([TestLayer.Create(directory, content, compression)], architecture);

    internal static Image Of(IReadOnlyList<Layer> layers, string architecture = "amd64") => ImageAssembler.Assemble(
        layers,
        [.. layers.Select(_ => new History { CreatedBy = "rootfs-importer build test" })],
        new ImageSettings { Cmd = ["/bin/sh"] },
        Platform.Of(Architecture.Parse(architecture)),
        DateTimeOffset.FromUnixTimeSeconds(1_714_000_000));

    internal static TargetDefaults Defaults(TempDirectory directory) => new()
    {
        BaseDirectory = directory.FullPath,
        Tag = "test-1",
        Reference = Reference.Parse("test:1"),
    };

    internal static ITarget Target(TempDirectory directory, string text) =>
        TargetParser.Parse(text, Defaults(directory));

    /// <summary>Every file below a directory with its digest, sorted.</summary>
    internal static IReadOnlyList<string> Snapshot(string directory) => Directory.Exists(directory)
        ?
        [
            .. Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(directory, path)
                    + (File.Exists(path) ? " " + Digest.Of(File.ReadAllBytes(path)) : "/"))
                .Order(StringComparer.Ordinal),
        ]
        : [];
}
