using System.CommandLine;
using RootfsImporter.Cli;
using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Targets;

namespace RootfsImporter.Tests.Cli;

/// <summary>What a command line left behind.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    /// <summary>A wiring whose builds give <see cref="Result"/> and that never becomes root.</summary>
    public static Wiring Fake { get; } = new()
    {
        BuildAsync = (request, events, _) => Task.FromResult(Result(request)),
        BecomeRootAsync = (_, _) => Task.CompletedTask,
        IsInputTerminal = () => false,
    };

    /// <summary>Runs a command line as Main does, with an environment of its own and no terminal.</summary>
    public static async Task<CliRun> RunAsync(
        string[] args, Wiring? wiring = null, Dictionary<string, string>? environment = null, bool isTerminal = false,
        CancellationToken? cancellationToken = null)
    {
        Dictionary<string, string> variables = new(environment ?? [])
        {
            ["ROOTFS_IMPORTER_PROFILES"] = Path.Combine(Checkout.Root, "distros"),
        };
        using StringWriter output = new();
        using StringWriter error = new();
        int exitCode = await Program.RunAsync(
            args, new InvocationConfiguration { Output = output, Error = error },
            new CommonOptions(variables, isTerminal, isTerminal), wiring ?? Fake,
            cancellationToken ?? TestContext.Current.CancellationToken);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>A small result of a request.</summary>
    public static BuildResult Result(BuildRequest request)
    {
        ImageResult[] results = [.. request.Architectures.Select(architecture => ResultOf(request, architecture))];
        ImageSet images = ImageSet.Of([.. results.Select(result => result.Image)]);
        return new BuildResult
        {
            Images = images,
            Results = results,
            Deliveries = [new Delivery(request.Targets[0].Target.Name, images.Root, ["podman pull oci:images:x"])],
            Stages =
            [
                .. request.Architectures.Select(architecture => new StageTime(
                    "resolve", TimeSpan.FromMilliseconds(1200), architecture)),
            ],
        };
    }

    private static ImageResult ResultOf(BuildRequest request, Architecture architecture) => new()
    {
        Image = new Image
        {
            Platform = Platform.Of(architecture),
            Layers =
            [
                new Layer
                {
                    DiffId = Digest.Of("tar"u8),
                    Descriptor = new Descriptor { MediaType = "l", Digest = Digest.Of("gz"u8), Size = 27_400_000 },
                    UncompressedSize = 76_100_000,
                    Compression = request.Compression,
                    Content = new FileBlob("/blob"),
                },
            ],
            Config = "{}"u8.ToArray(),
            Manifest = "{}"u8.ToArray(),
            Descriptor = Manifest with { Platform = Platform.Of(architecture) },
        },
        Lockfile = new Lockfile
        {
            Profile = request.Profile.Name,
            Variant = request.Profile.Variant,
            Architecture = architecture,
            SourceDateEpoch = request.SourceDateEpoch ?? 1_760_000_000,
            PhasedUpdates = request.Profile.Packages.PhasedUpdates,
            Indexes = [new LockedIndex("main", "noble", Digest.Of("index"u8), 1_760_000_000)],
            Packages =
            [
                new LockedPackage
                {
                    Name = "g++", Version = "4:13.2+1", Architecture = architecture.Deb, Archive = "main", Pocket = "updates",
                    Path = "pool/g", Size = 1, Checksum = Digest.Of("g"u8).ToString(), Reason = "included",
                },
            ],
        },
        Ledger = new Ledger(0, [], [new LedgerEntry("machine-id", "rewritten", "/etc/machine-id")]),
        IsReused = false,
    };

    private static Descriptor Manifest { get; } = new()
    {
        MediaType = "application/vnd.oci.image.manifest.v1+json",
        Digest = Digest.Of("manifest"u8),
        Size = 8,
    };
}

/// <summary>
/// Texts that are compared byte for byte with files of the Golden folder; UPDATE_GOLDEN=1 writes them anew.
/// </summary>
internal static class CliGolden
{
    public static void Equal(string name, string actual)
    {
        string file = Path.Combine(Checkout.Root, "tests/RootfsImporter.Tests/Cli/Golden", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }
}
