using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>An image that the whole pipeline made of a profile; what tests look at is its layer.</summary>
internal sealed class AlpineBuild : IDisposable
{
    private readonly TempDirectory _directory = new();
    private BuildResult? _result;

    /// <summary>The layer's blob.</summary>
    public string Layer => Assert.IsType<FileBlob>(_result!.Results[0].Image.Layers[0].Content).Path;

    /// <summary>The image's digest.</summary>
    public string Digest => _result!.Results[0].Image.Descriptor.Digest.ToString();

    /// <summary>Its packages.</summary>
    public Lockfile Lockfile => _result!.Results[0].Lockfile;

    /// <summary>What was reported.</summary>
    public RecordedEvents Events { get; } = new();

    private TargetDefaults Defaults => new()
    {
        BaseDirectory = _directory.FullPath,
        Tag = "base",
        Reference = Reference.Parse("test:1"),
    };

    /// <summary>Builds, with a cache of its own.</summary>
    public static async Task<AlpineBuild> MakeAsync(
        Profile profile, string architecture = "amd64", int jobs = 2, bool mayUseMemory = true)
    {
        AlpineBuild build = new();
        try
        {
            build._result = await Pipeline.BuildAsync(
                new BuildRequest
                {
                    Profile = profile,
                    Architectures = [Architecture.Parse(architecture)],
                    Targets = [new ImageTarget(TargetParser.Parse("oci:images", build.Defaults))],
                    CacheDirectory = build._directory["cache"],
                    WorkDirectory = build._directory["work"],
                    Jobs = jobs,
                    MayUseMemory = mayUseMemory,
                },
                build.Events,
                TestContext.Current.CancellationToken);
            Assert.Empty(Directory.GetFileSystemEntries(build._directory["work"]));
            return build;
        }
        catch
        {
            build.Dispose();
            throw;
        }
    }

    /// <summary>Extracts the layer as a container engine does; needs root.</summary>
    public async Task<string> ExtractAsync()
    {
        string root = _directory["root"];
        Directory.CreateDirectory(root);
        await Host.RunAsync("tar", ["-C", root, "--numeric-owner", "--same-permissions", "--same-owner", "-xzf", Layer]);
        return root;
    }

    /// <summary>The content of one file of the layer, by its path without a leading slash.</summary>
    public Task<byte[]> ReadAsync(string path) => ReadAsync(Layer, path);

    /// <summary>The content of one file of a tarball.</summary>
    public static async Task<byte[]> ReadAsync(string tarball, string path)
    {
        await using FileStream file = File.OpenRead(tarball);
        await using System.IO.Compression.GZipStream gzip = new(file, System.IO.Compression.CompressionMode.Decompress);
        await using System.Formats.Tar.TarReader tar = new(gzip);
        while (await tar.GetNextEntryAsync(copyData: true, TestContext.Current.CancellationToken)
            is System.Formats.Tar.TarEntry entry)
        {
            if (entry.Name.TrimStart('.', '/') == path)
            {
                using MemoryStream content = new();
                entry.DataStream?.CopyTo(content);
                return content.ToArray();
            }
        }

        throw new FileNotFoundException($"{tarball} has no {path}");
    }

    public void Dispose() => _directory.Dispose();
}
