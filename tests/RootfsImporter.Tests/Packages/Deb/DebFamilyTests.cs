using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Signing;

namespace RootfsImporter.Tests.Packages.Deb;

/// <summary>
/// From a signed archive on a server to an unpacked root, and what happens when a file of it is wrong.
/// </summary>
public sealed class DebFamilyTests(SigningKeys keys) : IClassFixture<SigningKeys>, IDisposable
{
    private static readonly Architecture Amd64 = Architecture.Parse("amd64");

    private readonly TempDirectory _directory = new();
    private readonly StaticServer _server = new();
    private readonly RecordedEvents _events = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Takes_the_newest_versions_of_all_pockets_into_a_root()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "unpacking sets owners, which only root may");
        await NewArchive().AddToAsync(_server, Cancel);
        Lockfile lockfile = await ResolveAsync();
        Assert.Equal(
            ["base-files 13 release", "hello 2.0-1ubuntu1 updates", "libhello 1:1.0 release"],
            lockfile.Packages.Select(p => $"{p.Name} {p.Version} {p.Pocket}"));

        using Downloader downloader = NewDownloader();
        using Rootfs rootfs = Rootfs.Create(_directory["rootfs"]);
        IInstallation installation = new DebFamily(_events).Install(rootfs, NewProfile(), lockfile, installed: null);
        await foreach (FetchedPackage package in NewFetcher(downloader, 4).FetchAsync(lockfile, Cancel))
        {
            await installation.UnpackAsync(package, Cancel);
        }

        await installation.ConfigureAsync(new FakeSandbox(), Cancel);
        Assert.Equal("hello 2", File.ReadAllText(_directory["rootfs/usr/bin/hello"]));
        Assert.Equal("library", File.ReadAllText(_directory["rootfs/usr/lib/libhello.so.1"]));
        Assert.Contains("Package: libhello\nStatus: install ok unpacked\n",
            File.ReadAllText(_directory["rootfs/var/lib/dpkg/status"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task Reads_archives_without_InRelease_and_without_indexes_by_hash(
        bool hasInRelease, bool hasByHash)
    {
        await NewArchive(pocket => pocket with { HasInRelease = hasInRelease, HasByHash = hasByHash })
            .AddToAsync(_server, Cancel);
        Assert.Equal(3, (await ResolveAsync()).Packages.Count);
    }

    [Theory]
    [InlineData(".gz")]
    [InlineData(".xz")]
    [InlineData("")]
    public async Task Reads_whichever_compression_of_the_index_there_is(string compression)
    {
        await NewArchive(pocket => pocket with { IndexCompressions = [compression], HasByHash = false })
            .AddToAsync(_server, Cancel);
        Assert.Equal(3, (await ResolveAsync()).Packages.Count);
    }

    [Theory]
    [InlineData("dists/new/InRelease")]
    [InlineData("dists/new-updates/InRelease")]
    public async Task A_Release_that_was_changed_after_signing_is_refused(string path)
    {
        await NewArchive().FlipByte(path).AddToAsync(_server, Cancel);
        VerificationException error = await Assert.ThrowsAsync<VerificationException>(ResolveAsync);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task An_index_with_the_wrong_hash_is_refused()
    {
        await NewArchive(pocket => pocket with { HasByHash = false, IndexCompressions = [".xz"] })
            .FlipByte("dists/new/main/binary-amd64/Packages.xz").AddToAsync(_server, Cancel);
        RootfsImporterException error = await Assert.ThrowsAnyAsync<RootfsImporterException>(ResolveAsync);
        Assert.Contains("dists/new/main/binary-amd64/Packages.xz", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, error.ExitCode);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public async Task A_package_with_the_wrong_hash_or_size_is_refused_and_leaves_no_file_in_the_cache()
    {
        string path = new DebBuilder("libhello", "1:1.0").PoolPath;
        foreach (AptArchiveBuilder archive in (AptArchiveBuilder[])[NewArchive().FlipByte(path), NewArchive().CutByte(path)])
        {
            await archive.AddToAsync(_server, Cancel);
            Lockfile lockfile = await ResolveAsync();
            using Downloader downloader = NewDownloader();
            RootfsImporterException error = await Assert.ThrowsAnyAsync<RootfsImporterException>(async () =>
            {
                await foreach (FetchedPackage _ in NewFetcher(downloader, 1).FetchAsync(lockfile, Cancel))
                {
                }
            });
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            string hex = lockfile.Packages.Single(p => p.Name == "libhello").Checksum["sha256:".Length..];
            Assert.False(File.Exists(_directory[$"cache/sha256/{hex[..2]}/{hex}"]));
        }
    }

    [Fact]
    public async Task An_index_that_cannot_be_parsed_is_an_error_of_the_archive()
    {
        await NewArchive(pocket => pocket with
        {
            Packages = [new DebBuilder("broken").ControlText("Package broken\n")],
        }).AddToAsync(_server, Cancel);
        PackageFormatException error = await Assert.ThrowsAsync<PackageFormatException>(ResolveAsync);
        Assert.StartsWith("reading the package index new", error.Message, StringComparison.Ordinal);
        Assert.Contains("another mirror", error.Hint, StringComparison.Ordinal);
    }

    private IReadOnlyList<Repository> Repositories => [.. NewProfile().Pockets.Select(pocket => new Repository
    {
        Pocket = pocket,
        Components = ["main"],
        Mirrors = [_server.Address],
        CanonicalMirror = new Uri("http://canonical.example/"),
        Keys = [keys.Key.Pin],
    })];

    private AptArchiveBuilder NewArchive(Func<AptPocket, AptPocket>? change = null)
    {
        change ??= pocket => pocket;
        return new AptArchiveBuilder(keys.Key)
            .Add(change(new AptPocket("new")
            {
                Packages =
                [
                    new DebBuilder("base-files", "13").Essential().Field("Priority", "required").File(
                        "etc/release", "new"),
                    new DebBuilder("hello", "2.0-1").Depends("libhello (>= 1:1)").File(
                        "usr/bin/hello", "hello 1"),
                    new DebBuilder("libhello", "1:1.0").Compress(".xz", ".zst").File(
                        "usr/lib/libhello.so.1", "library"),
                ],
            }))
            .Add(change(new AptPocket("new-updates")
            {
                Codename = "new",
                Packages =
                [
                    new DebBuilder("hello", "2.0-1ubuntu1").Depends("libhello").File(
                        "usr/bin/hello", "hello 2"),
                ],
            }));
    }

    private Fetcher NewFetcher(Downloader downloader, int jobs) =>
        new(downloader, new DebFamily(_events), Repositories, jobs);

    private Downloader NewDownloader() => new(
        new DownloadOptions { CacheDirectory = _directory["cache"], RetryDelays = [] }, _events);

    private async Task<Lockfile> ResolveAsync()
    {
        DebFamily family = new(_events);
        using Downloader downloader = NewDownloader();
        List<PackageIndex> indexes = [];
        foreach (Repository repository in Repositories)
        {
            indexes.Add(await family.ReadIndexAsync(repository, Amd64, downloader, Cancel));
        }

        Resolution resolution = await family.ResolveAsync(NewProfile().Packages, Amd64, indexes, installed: null, Cancel);
        return new Lockfile
        {
            Profile = "new",
            Architecture = Amd64,
            SourceDateEpoch = indexes.Max(index => index.Published),
            PhasedUpdates = PhasedUpdates.Include,
            Indexes = [],
            Packages = Assert.IsType<Resolution.Solved>(resolution).Packages,
        };
    }

    private static Profile NewProfile() => new()
    {
        Name = "new",
        Title = "New",
        Distribution = "new",
        Version = "1",
        Family = "deb",
        Suite = "new",
        Architectures = [Amd64],
        Archives = new Dictionary<string, Archive>(),
        Pockets = [new Pocket { Name = "release", Suite = "new" }, new Pocket { Name = "updates", Suite = "new-updates" }],
        Components = ["main"],
        Keys = [],
        Packages = new PackageSelection { Priorities = ["required"], Include = ["hello"] },
        Image = new ImageSettings(),
        Seal = new SealSettings(),
    };
}
