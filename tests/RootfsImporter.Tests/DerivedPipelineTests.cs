using System.Text;
using RootfsImporter.Archives;
using RootfsImporter.Codecs;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests;

/// <summary>Images on top of others, built from an archive in a directory to an OCI layout.</summary>
public sealed class DerivedPipelineTests : IDisposable
{
    private readonly TempDirectory _archive = new();
    private readonly TempDirectory _directory = new();
    private readonly RecordedEvents _events = new();
    private readonly FakeFamily _family;

    public DerivedPipelineTests() => _family = new FakeFamily(_archive).Add("amd64", "base", "1").Add("amd64", "more", "1");

    public void Dispose()
    {
        _archive.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task The_bases_layers_stay_bit_for_bit_and_one_more_holds_what_came()
    {
        BuildResult @base = await BuildAsync(Base());
        BuildResult derived = await BuildAsync(Derived(Base()) with { Packages = Including("more") });

        Image image = derived.Images.Images[0];
        Assert.Equal(2, image.Layers.Count);
        Assert.Equal(@base.Images.Images[0].Layers[0].Descriptor, image.Layers[0].Descriptor);
        Assert.Equal(["more"], Names(image.Layers[1]));
        Assert.Equal(["more"], derived.Results[0].Lockfile.Packages.Select(package => package.Name));
        Assert.Equal(@base.Images.Root.Digest, derived.Results[0].Lockfile.Base!.Digest);
        ImageConfig config = ImageConfig.Parse(image.Config.Span);
        Assert.Equal(
            ["rootfs-importer build base", "rootfs-importer build derived"], config.History!.Select(each => each.CreatedBy));
        Assert.Equal(["base"], config.Config!.Cmd);
        Assert.Equal(["A=base", "B=derived"], config.Config.Env);
        Assert.Equal(
            @base.Images.Root.Digest.ToString(),
            Manifest.Parse(image.Manifest.Span).Annotations![AnnotationKeys.BaseDigest]);
    }

    [Fact]
    public async Task Nothing_is_made_again_when_nothing_changed_and_all_when_the_base_did()
    {
        Profile derived = Derived(Base()) with { Packages = Including("more") };
        BuildResult first = await BuildAsync(derived);
        BuildResult again = await BuildAsync(derived);
        BuildResult changed = await BuildAsync(
            Derived(Base() with { Image = new ImageSettings { User = "1" } }) with { Packages = Including("more") });

        Assert.True(again.IsReused);
        Assert.Equal(first.Images.Root.Digest, again.Images.Root.Digest);
        Assert.False(changed.IsReused);
        Assert.Equal(first.Images.Images[0].Layers[1].DiffId, changed.Images.Images[0].Layers[1].DiffId);
    }

    [Fact]
    public async Task Packages_and_paths_that_go_are_whited_out()
    {
        Profile @base = Base() with
        {
            Packages = Including("base", "more"),
            Files = [Copied("d/one", "/etc/d/one"), Copied("d/two", "/etc/d/two"), Copied("f", "/etc/f"), Copied("g", "/etc/g")],
        };
        BuildResult derived = await BuildAsync(Derived(@base) with
        {
            Remove = new Removal { Packages = ["more"], Paths = ["/etc/d", "/etc/f*", "/etc/absent"] },
        });

        Assert.Equal([".wh.more", "etc/", "etc/.wh.d", "etc/.wh.f"], Names(derived.Images.Images[0].Layers[1]));
        Assert.Contains(
            _events.Warnings, warning => warning.Contains("/etc/absent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Build_only_packages_are_chosen_after_what_stays_and_are_in_no_layer()
    {
        _family.Add("amd64", "tool", "1");
        BuildResult derived = await BuildAsync(
            Derived(Base()) with { Packages = Including("more"), BuildOnly = ["tool", "base"] });

        Assert.Equal(["more"], Names(derived.Images.Images[0].Layers[1]));
        Assert.Equal(
            [("more", false), ("tool", true)],
            derived.Results[0].Lockfile.Packages.Select(package => (package.Name, package.IsBuildOnly)));
        Assert.Equal(3, _family.Resolves);
    }

    [Fact]
    public async Task Files_are_copied_with_mode_and_owner_and_their_content_belongs_to_the_key()
    {
        Profile Make(string text)
        {
            _directory.Write("src/conf", Encoding.UTF8.GetBytes(text));
            return Derived(Base()) with
            {
                Files =
                [
                    new CopiedFile { Source = _directory["src/conf"], Target = "/etc/x/conf", Mode = 0b110_100_000, Owner = "7:8" },
                ],
            };
        }

        BuildResult first = await BuildAsync(Make("one"));
        BuildResult again = await BuildAsync(Make("one"));
        BuildResult other = await BuildAsync(Make("two"));

        Assert.Equal(["etc/", "etc/x/", "etc/x/conf 640 7:8"], Described(first.Images.Images[0].Layers[1]));
        Assert.True(again.IsReused);
        Assert.NotEqual(first.Images.Root.Digest, other.Images.Root.Digest);
    }

    [Fact]
    public async Task Without_a_change_to_the_tree_there_is_no_further_layer()
    {
        BuildResult @base = await BuildAsync(Base());
        BuildResult derived = await BuildAsync(Derived(Base()));

        Assert.Single(derived.Images.Images[0].Layers);
        Assert.NotEqual(@base.Images.Root.Digest, derived.Images.Root.Digest);
        Assert.True(ImageConfig.Parse(derived.Images.Images[0].Config.Span).History![1].EmptyLayer);
        Assert.Equal(1, _family.Resolves);
    }

    [Fact]
    public async Task A_derived_image_is_a_base_too_and_so_is_an_image_from_elsewhere()
    {
        Profile middle = Derived(Base()) with { Name = "middle", Packages = Including("more") };
        _family.Add("amd64", "top", "1");
        BuildResult below = await BuildAsync(middle, "oci:layout:middle");
        BuildResult byProfile = await BuildAsync(Derived(middle) with { Packages = Including("top") });
        BuildResult byImage = await BuildAsync(Derived(middle) with
        {
            Base = new ProfileBase { Name = "oci:layout:middle", Directory = _directory.FullPath },
            Packages = Including("top"),
        });

        Assert.Equal(3, byProfile.Images.Images[0].Layers.Count);
        Assert.Equal(
            below.Images.Images[0].Layers.Select(layer => layer.DiffId),
            byProfile.Images.Images[0].Layers.Take(2).Select(layer => layer.DiffId));
        Assert.Equal(byProfile.Images.Root.Digest, byImage.Images.Root.Digest);
    }

    [Fact]
    public async Task A_base_that_is_missing_or_of_another_architecture_is_one_error()
    {
        await BuildAsync(Base(), "oci:layout:base");
        _family.Add("arm64", "more", "1");
        ProfileBase Image(string name) => new() { Name = name, Directory = _directory.FullPath };

        FetchException missing = await Assert.ThrowsAsync<FetchException>(
            () => BuildAsync(Derived(Base()) with { Base = Image("oci:layout:none") }));
        FetchException other = await Assert.ThrowsAsync<FetchException>(
            () => BuildAsync(Derived(Base()) with { Base = Image("oci:layout:base") }, "oci:out:x", "arm64"));

        Assert.Contains("none", missing.Message, StringComparison.Ordinal);
        Assert.Contains("has no image for arm64: it has linux/amd64", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_of_another_release_is_no_base()
    {
        _directory.Write("src/release", "ID=test\nVERSION_ID=2\nPRETTY_NAME='Test two'\n"u8.ToArray());
        CopiedFile release = new() { Source = _directory["src/release"], Target = "/etc/os-release" };
        await BuildAsync(Base() with { Files = [release] }, "oci:layout:other");

        ProfileException refused = await Assert.ThrowsAsync<ProfileException>(() => BuildAsync(
            Derived(Base()) with
            {
                Base = new ProfileBase { Name = "oci:layout:other", Directory = _directory.FullPath },
                Packages = Including("more"),
            }));

        Assert.Equal("the base oci:layout:other is Test two, and derived says that it is test 1", refused.Message);
    }

    private CopiedFile Copied(string source, string target)
    {
        _directory.Write($"src/{source}", "x"u8.ToArray());
        return new CopiedFile { Source = _directory[$"src/{source}"], Target = target };
    }

    private static string[] Names(Layer layer) => [.. Described(layer).Select(line => line.Split(' ')[0])];

    private static List<string> Described(Layer layer)
    {
        using Stream tar = Decompressor.Open(File.OpenRead(((FileBlob)layer.Content).Path), Compression.Gzip);
        TarEntryReader reader = new(tar);
        List<string> lines = [];
        while (reader.ReadNext() is { } entry)
        {
            string name = Encoding.UTF8.GetString(entry.Name);
            lines.Add(entry.TypeFlag == '5' ? name : $"{name} {Convert.ToString(entry.Mode, 8)} {entry.Uid}:{entry.Gid}");
        }

        return lines;
    }

    private Task<BuildResult> BuildAsync(Profile profile, string target = "oci:out:a", string architecture = "amd64")
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a root of somebody else's files is made, which only root may");
        return Pipeline.BuildAsync(
            new BuildRequest
            {
                Profile = profile,
                Architectures = [Architecture.Parse(architecture)],
                Targets = [new ImageTarget(Targets.TestImage.Target(_directory, target))],
                Mirrors = new Dictionary<string, IReadOnlyList<Uri>> { ["main"] = [new Uri($"file://{_archive.FullPath}/")] },
                CacheDirectory = _directory["cache"],
                WorkDirectory = _directory["work"],
                MayUseMemory = false,
                OpenBase = (name, directory) => TargetParser.ParseSource(
                    name, Targets.TestImage.Defaults(_directory) with { BaseDirectory = directory }),
            },
            _family, _events, TestContext.Current.CancellationToken);
    }

    private static PackageSelection Including(params string[] names) =>
        new() { Include = names, Scripts = PackageScripts.None };

    private static Profile Derived(Profile @base) => Base() with
    {
        Name = "derived",
        Base = new ProfileBase { Name = @base.Name, Profile = @base },
        Packages = new PackageSelection { Scripts = PackageScripts.None },
        Image = new ImageSettings { Env = ["B=derived"] },
    };

    private static Profile Base() => new()
    {
        Name = "base",
        Title = "Test",
        Distribution = "test",
        Version = "1",
        Family = "fake",
        Suite = "test",
        Architectures = [Architecture.Parse("amd64"), Architecture.Parse("arm64")],
        Archives = new Dictionary<string, Archive> { ["main"] = new Archive { Name = "main" } },
        Pockets = [new Pocket { Name = "release", Suite = "test" }],
        Components = ["main"],
        Keys = [],
        Packages = Including("base"),
        Image = new ImageSettings { Cmd = ["base"], Env = ["A=base"] },
        Seal = new SealSettings(),
    };
}
