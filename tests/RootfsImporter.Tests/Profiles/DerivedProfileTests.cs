using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

/// <summary>Profiles that stand on a profile or on an image.</summary>
public sealed class DerivedProfileTests : IDisposable
{
    private readonly ProfileFolder _folder = new();

    public DerivedProfileTests()
    {
        _folder.Add("lower", """
            extends: _base
            endOfLife: 2029-05-31
            seal: {sourceSuites: ['{suite}-backports'], imageMirrors: {main: 'https://a.example/'}}
            image: {user: me}
            buildOnly: [gcc]
            files: [{source: test.asc, target: /etc/lower}]
            run: [make]
            remove: [vim]
            """);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_base_says_what_the_distribution_is_and_nothing_of_its_content_is_said_again()
    {
        Profile lower = _folder.Load("lower");

        Profile profile = Load("base: lower\n");

        Assert.Equal(("lower", "lower", _folder.Path), (profile.Base!.Name, profile.Base.Profile!.Name, profile.Base.Directory));
        Assert.Equal(ProfileWriter.Write(lower), ProfileWriter.Write(profile.Base.Profile));
        Assert.Equal(
            ("x", "Test 1", "test", "1", "deb", "one", lower.EndOfLife, lower.UsrMerge),
            (profile.Name, profile.Title, profile.Distribution, profile.Version, profile.Family, profile.Suite,
                profile.EndOfLife, profile.UsrMerge));
        Assert.Equal(lower.Architectures, profile.Architectures);
        Assert.Equal(lower.Archives.Keys, profile.Archives.Keys);
        Assert.Equal(lower.Pockets, profile.Pockets);
        Assert.Equal(lower.Components, profile.Components);
        Assert.Equal(lower.Keys, profile.Keys);
        Assert.Equal(["one-backports"], profile.Seal.SourceSuites);
        Assert.Equal("https://a.example/", profile.Seal.ImageMirrors["main"].AbsoluteUri);
        Assert.False(profile.Packages.Essential);
        Assert.Empty((string[])[.. profile.Packages.Priorities, .. profile.Packages.Include, .. profile.Variants, .. profile.BuildOnly]);
        Assert.Empty((string[])[.. profile.Image.Cmd, .. profile.Image.Env, .. profile.Remove.Packages]);
        Assert.Empty(profile.Files);
        Assert.Empty(profile.Run);
        Assert.Null(profile.Image.User);
    }

    [Theory]
    [InlineData("base: {profile: lower, variant: slim}\n")]
    [InlineData("base: lower-slim\n")]
    [InlineData("base: {profile: lower-slim, variant: slim}\n")]
    [InlineData("base: {profile: ./lower.yaml, variant: slim}\n")]
    [InlineData("base: lower\nvariants: {v: {base: {profile: lower, variant: slim}}}\n", "v")]
    [InlineData("base: {profile: lower}\nvariants: {v: {base: {variant: slim}}}\n", "v")]
    public void The_variant_of_a_base_is_chosen_as_that_of_any_profile(string yaml, string? variant = null)
    {
        _folder.Add("x", yaml);

        Profile profile = _folder.Load("x", variant);

        Assert.Equal("slim", profile.Base!.Profile!.Variant);
        Assert.Equal(["/usr/share/doc/*"], profile.Seal.PathExclude);
        Assert.Equal(variant, profile.Variant);
    }

    [Fact]
    public void What_the_file_says_is_merged_over_what_its_base_says()
    {
        Profile profile = Load("""
            base: lower
            title: Mine on {version}
            suite: two
            components+: [universe]
            endOfLife:
            pockets:
              extra: {suite: '{suite}-extra'}
              security:
            packages: [redis]
            """);

        Assert.Equal(("Mine on 1", null), (profile.Title, profile.EndOfLife));
        Assert.Equal(["main", "universe"], profile.Components);
        Assert.Equal(["two", "two-extra"], profile.Pockets.Select(pocket => pocket.Suite));
        Assert.Equal(["redis"], profile.Packages.Include);
        Assert.Equal("one", profile.Base!.Profile!.Suite);
    }

    [Fact]
    public void Extends_brings_what_the_distribution_is_where_the_file_has_a_base()
    {
        Profile profile = Load("extends: lower\nbase: oci:images:x\npackages+: [redis]\n");

        Assert.Equal(("oci:images:x", null, _folder.Path), (profile.Base!.Name, profile.Base.Profile, profile.Base.Directory));
        Assert.Equal(("one", "Test 1"), (profile.Suite, profile.Title));
        Assert.Equal(["redis"], profile.Packages.Include);
        Assert.Empty((string[])[.. profile.Packages.Priorities, .. profile.Variants, .. profile.BuildOnly, .. profile.Image.Env]);
        Assert.Empty(profile.Files);
    }

    [Fact]
    public void What_extends_a_derived_profile_inherits_all_of_it()
    {
        _folder.Add("middle", "base: lower\npackages: [redis]\nrun: [a]\nimage: {user: redis}\nvariants: {v: {run+: [c]}}\n");

        Profile profile = Load("extends: middle\npackages+: [curl]\nrun+: [b]\n", "v");

        Assert.Equal("lower", profile.Base!.Profile!.Name);
        Assert.Equal(["redis", "curl"], profile.Packages.Include);
        Assert.Equal(["a", "b", "c"], profile.Run.Select(command => command.Command));
        Assert.Equal("redis", profile.Image.User);
        Assert.Null(Load("extends: middle\nbase:\nfamily: deb\n" + Distribution).Base);
    }

    [Fact]
    public void A_base_may_stand_on_a_base()
    {
        _folder.Add("middle", "base: lower-slim\ntitle: Middle\npackages: [redis]\n");

        Profile profile = Load("base: middle\n");

        Assert.Equal("Middle", profile.Title);
        Assert.Empty(profile.Packages.Include);
        Assert.Equal(["/usr/share/doc/*"], profile.Seal.PathExclude);
        Assert.Equal("lower", profile.Base!.Profile!.Base!.Profile!.Name);
        Assert.Null(profile.Base.Profile.Base.Profile.Base);
    }

    [Theory]
    [InlineData("oci:images:noble")]
    [InlineData("oci-archive:./base.tar")]
    [InlineData("docker://registry.example:5000/base:1@sha256:00")]
    [InlineData("containers-storage:base")]
    [InlineData("debian:13")]
    public void What_begins_with_a_word_and_a_colon_is_a_place_of_images(string image)
    {
        using ProfileFolder other = new();
        other.Add("parent", $"extends: _base\nbase: '{image}'\n");

        Profile profile = Load($"extends: {other.Path}/parent.yaml\n");

        Assert.Equal((image, null, other.Path), (profile.Base!.Name, profile.Base.Profile, profile.Base.Directory));
    }

    [Fact]
    public void Paths_of_profiles_start_from_the_file_that_names_them()
    {
        using ProfileFolder other = new();
        Directory.CreateDirectory(Path.Combine(other.Path, "a:b"));
        other.Add("a:b/own", "extends: ../_base.yaml\ntitle: Own\n");
        other.Add("middle", "base: ./a:b/own.yaml\n");

        Profile profile = Load($"extends: {other.Path}/middle.yaml\n");

        Assert.Equal(("Own", "./a:b/own.yaml"), (profile.Base!.Profile!.Title, profile.Base.Name));
    }

    [Fact]
    public void A_file_beside_wins_over_one_of_the_search_directories()
    {
        using ProfileFolder other = new();
        other.Add("lower", "extends: _base\ntitle: Beside\n");

        Assert.Equal("Beside", ProfileLoader.Load(other.Add("own", "base: lower\n"), null, [_folder.Path]).Title);
    }

    [Theory]
    [InlineData("base: lowre", "x.yaml:1:7: unknown base 'lowre'", "did you mean 'lower'?")]
    [InlineData("base: ./no.yaml", "x.yaml:1:7: the base's profile file './no.yaml' does not exist",
        "the path is relative to this file")]
    [InlineData("base: docker.example/a/debian", "x.yaml:1:7: the base's profile file 'docker.example/a/debian' does not exist",
        "an image in a registry is 'docker://docker.example/a/debian'")]
    [InlineData("base: _base", "x.yaml:1:7: '_base' is only a parent of other profiles: its name begins with '_'",
        "known are lower, x")]
    [InlineData("base: lower-slm", "x.yaml:1:7: profile 'lower' has no variant 'slm'", "did you mean 'slim'?")]
    [InlineData("base: {profile: lower, variant: big}", "x.yaml:1:17: profile 'lower' has no variant 'big'", "known are slim")]
    [InlineData("base: {profile: lower-slim, variant: big}",
        "x.yaml:1:17: 'lower-slim' names the variant 'slim', but 'big' is asked for too", "give one of them")]
    [InlineData("base: {variant: slim}", "x.yaml:1:7: required key 'profile' is missing", null)]
    [InlineData("base: {profile: lower, varaint: slim}", "x.yaml:1:24: unknown key 'varaint'", "did you mean 'variant'?")]
    [InlineData("base: {profile: 'oci:x'}", "x.yaml:1:17: expected a profile's name or path, found the image 'oci:x'",
        "write 'base: oci:x'")]
    [InlineData("base: [lower]", "x.yaml:1:7: 'base' takes a profile or an image, found a list", "an image stands on one base")]
    [InlineData("base+: [lower]", "x.yaml:1:8: 'base' takes a profile or an image, found a list", "an image stands on one base")]
    [InlineData("base: ''", "x.yaml:1:7: expected one line of text, found ''", null)]
    [InlineData("base: \"a\\nb\"", "x.yaml:1:7: expected one line of text, found 'a b'", null)]
    [InlineData("base: 'oci:'", "x.yaml:1:7: expected a place of an image after 'oci:'", "such as 'oci:images:noble'")]
    [InlineData("base: oci:images:x", "x.yaml:1:1: required key 'family' is missing",
        "'extends: ubuntu-24.04' says what the distribution of a base image is")]
    [InlineData("base: lower\ndistribution: other",
        "x.yaml:2:15: the base 'lower' is test of the package family deb, and this profile is other of deb",
        "leave out what the base says already")]
    [InlineData("base: lower\narchitectures: [arm64, s390x]", "x.yaml:2:24: the base 'lower' has no 's390x'",
        "it has amd64, arm64")]
    [InlineData("base: lower\nimge: {}", "x.yaml:2:1: unknown key 'imge'", "did you mean 'image'?")]
    [InlineData("base: lower\nvariants: {v: {base: none}}", "x.yaml:2:22: unknown base 'none'", "known are lower, x")]
    public void Mistakes_are_shown_where_they_stand(string yaml, string message, string? hint) =>
        Assert.Equal((message, hint), _folder.Failure(yaml + "\n"));

    [Fact]
    public void Without_a_base_the_family_is_asked_for_as_ever() =>
        Assert.Equal(("x.yaml:1:1: required key 'family' is missing", null), _folder.Failure("suite: noble\n"));

    [Fact]
    public void A_mistake_in_a_base_is_shown_in_the_base()
    {
        _folder.Add("middle", "base: lower\n\npackages: {includes: [a]}\n");

        Assert.Equal(
            ("middle.yaml:3:12: unknown key 'includes'", "did you mean 'include'?"), _folder.Failure("base: middle\n"));
    }

    [Fact]
    public void A_cycle_is_shown_as_a_chain()
    {
        _folder.Add("a", "base: b\n");
        _folder.Add("b", "extends: c\n");
        _folder.Add("c", "extends: _base\nbase: d\n");
        _folder.Add("d", "base: {profile: a}\n");
        const string Hint = "a profile cannot be its own base, directly or through others";

        Assert.Equal(("d.yaml:1:17: profiles stand on each other in a cycle: a -> b -> d -> a", Hint), _folder.FailureOf("a"));
        Assert.Equal(
            ("x.yaml:1:7: profiles stand on each other in a cycle: x -> x", Hint), _folder.Failure("base: x-slim\n"));
        Assert.Equal(
            "x.yaml:1:10: profiles extend each other in a cycle: x -> x", _folder.Failure("extends: x\nbase: x\n").Message);
    }

    [Fact]
    public void Towers_are_bounded()
    {
        _folder.Add("p0", "extends: _base\n");
        for (int level = 1; level <= 9; level++)
        {
            // Each is read once, though its two variants ask for it too.
            _folder.Add($"p{level}", $"base: p{level - 1}\nvariants: {{a: {{base: p{level - 1}-b}}, b: {{title: B}}}}\n");
        }

        _folder.Add("p0", "extends: _base\nvariants: {b: {title: B}}\n");
        Assert.Equal("p7", _folder.Load("p8").Base!.Profile!.Name);
        Assert.Equal("p1.yaml:2:22: more than 8 profiles stand on each other", _folder.FailureOf("p9").Message);
    }

    [Fact]
    public void The_bases_of_variants_are_bounded()
    {
        for (int index = 0; index < 65; index++)
        {
            _folder.Add($"b{index}", "extends: _base\n");
        }

        string variants = string.Concat(Enumerable.Range(0, 65).Select(index => $"  v{index}: {{base: b{index}}}\n"));

        Assert.Equal(
            "x.yaml:66:15: more than 64 profiles are bases of one", _folder.Failure($"variants:\n{variants}\nbase: b0\n").Message);
    }

    private const string Distribution = """
        title: t
        distribution: test
        version: 1
        suite: one
        architectures: [amd64]
        archives: {main: {}}
        pockets: {release: {suite: one}}
        components: [main]
        """ + $"\nkeys: [{{fingerprint: {ProfileFolder.Fingerprint}, file: test.asc}}]\n";

    private Profile Load(string yaml, string? variant = null)
    {
        _folder.Add("x", yaml);
        return _folder.Load("x", variant);
    }
}
