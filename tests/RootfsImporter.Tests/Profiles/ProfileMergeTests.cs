using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

public sealed class ProfileMergeTests : IDisposable
{
    private readonly ProfileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_parent_gives_what_the_profile_does_not_say()
    {
        Profile profile = _folder.LoadText("suite: two\n");

        Assert.Equal(("x", "Test 1", "two"), (profile.Name, profile.Title, profile.Suite));
        Assert.Equal(["PATH=/bin", "LANG=C"], profile.Image.Env);
        Assert.Equal([new PinnedKey(ProfileFolder.Fingerprint, Path.Combine(_folder.Path, "test.asc"))], profile.Keys);
        Assert.Equal(["slim"], profile.Variants);
        Assert.Null(profile.Variant);
    }

    [Fact]
    public void Placeholders_take_the_values_of_the_profile_that_is_loaded()
    {
        Profile profile = _folder.LoadText("""
            suite: two
            version: 2
            image: {labels: {v: 'is {version}'}, env: {RELEASE: '{suite}', SHELL_SAYS: '${suite}', TWICE: '{{suite}}'}}
            seal: {sourceSuites: ['{suite}-backports']}
            """);

        Assert.Equal("Test 2", profile.Title);
        Assert.Equal(["two", "two-security"], profile.Pockets.Select(pocket => pocket.Suite));
        Assert.Equal(["main", "security"], profile.Pockets.Select(pocket => pocket.Archive));
        Assert.Equal("is 2", profile.Image.Labels["v"]);
        Assert.Equal(["two-backports"], profile.Seal.SourceSuites);
        Assert.Equal(
            ["RELEASE=two", "SHELL_SAYS=${suite}", "TWICE={{suite}}"],
            profile.Image.Env.Where(variable => !variable.StartsWith("PATH") && !variable.StartsWith("LANG")));
    }

    [Fact]
    public void Mappings_merge_and_lists_and_values_replace()
    {
        Profile profile = _folder.LoadText("""
            components: [universe]
            image:
              env:
                LANG: C.UTF-8
                TZ: UTC
            """);

        Assert.Equal(["universe"], profile.Components);
        Assert.Equal(["PATH=/bin", "LANG=C.UTF-8", "TZ=UTC"], profile.Image.Env);
        Assert.Equal(["bash"], profile.Image.Cmd);
    }

    [Theory]
    [InlineData("{entrypoint: [/init]}", "/init", "")]
    [InlineData("{entrypoint: []}", "", "")]
    [InlineData("{entrypoint: [/init], cmd: [sh]}", "/init", "sh")]
    [InlineData("{entrypoint: [/init], cmd+: [sh]}", "/init", "bash sh")]
    [InlineData("{entrypoint: }", "", "bash")]
    [InlineData("{entrypoint+: [/init]}", "/init", "bash")]
    [InlineData("{user: me}", "", "bash")]
    public void A_new_entry_point_resets_the_inherited_command(string image, string entrypoint, string cmd)
    {
        Profile child = _folder.LoadText($"image: {image}\n");
        Assert.Equal((entrypoint, cmd), (Join(child.Image.Entrypoint), Join(child.Image.Cmd)));

        Profile variant = _folder.LoadText($"variants: {{own: {{image: {image}}}}}\n", "own");
        Assert.Equal((entrypoint, cmd), (Join(variant.Image.Entrypoint), Join(variant.Image.Cmd)));

        static string Join(IReadOnlyList<string> words) => string.Join(' ', words);
    }

    [Fact]
    public void A_plus_appends_to_the_list_of_the_parents()
    {
        _folder.Add("middle", "extends: _base\npackages:\n  include+: [curl, apt]\n");
        _folder.Add("x", "extends: middle\npackages:\n  include+: [hello]\n  exclude+: [vim]\n");

        Profile profile = _folder.Load("x");

        Assert.Equal(["apt", "curl", "hello"], profile.Packages.Include);
        Assert.Equal(["vim"], profile.Packages.Exclude);
    }

    [Fact]
    public void A_list_replaces_what_parents_appended()
    {
        _folder.Add("middle", "extends: _base\nseal:\n  pathExclude+: [/a]\n");
        _folder.Add("x", "extends: middle\nseal:\n  pathExclude: [/b]\n");

        Assert.Equal(["/b"], _folder.Load("x").Seal.PathExclude);
    }

    [Fact]
    public void Nothing_unsets_a_key_and_an_append_after_it_begins_anew()
    {
        Profile profile = _folder.LoadText("image:\n  cmd:\n  env:\n    LANG: null\n");

        Assert.Empty(profile.Image.Cmd);
        Assert.Equal(["PATH=/bin"], profile.Image.Env);

        _folder.Add("y", "extends: x\nimage:\n  cmd+: [sh]\n");
        Assert.Equal(["sh"], _folder.Load("y").Image.Cmd);
    }

    [Fact]
    public void A_key_that_ends_with_a_plus_is_a_key_when_its_value_is_no_list() =>
        Assert.Equal("4:13", _folder.LoadText("packages: {pin: {g++: '4:13'}}").Packages.Pin["g++"]);

    [Fact]
    public void Several_parents_are_merged_in_their_order()
    {
        _folder.Add("_one", "suite: one-a\nimage: {user: one, labels: {from: one}}\n");
        _folder.Add("_two", "suite: two-a\nimage: {labels: {from: two}}\n");
        _folder.Add("x", "extends: [_base, _one, _two]\n");

        Profile profile = _folder.Load("x");

        Assert.Equal(("two-a", "one", "two"), (profile.Suite, profile.Image.User, profile.Image.Labels["from"]));
    }

    [Fact]
    public void A_variant_is_merged_last_by_option_or_by_name()
    {
        _folder.Add("x", """
            extends: _base
            variants:
              slim:
                seal:
                  pathExclude+: [/usr/share/man/*]
                image:
                  user: null
              full:
                packages:
                  include+: [man-db]
            image:
              user: me
            """);

        Assert.Empty(_folder.Load("x").Seal.PathExclude);
        Profile slim = _folder.Load("x-slim");
        Assert.Equal("slim", slim.Variant);
        Assert.Equal(["slim", "full"], slim.Variants);
        Assert.Equal(["/usr/share/doc/*", "/usr/share/man/*"], slim.Seal.PathExclude);
        Assert.Null(slim.Image.User);
        Assert.Equal(ProfileWriter.Write(slim), ProfileWriter.Write(_folder.Load("x", "slim")));
        Assert.Equal(ProfileWriter.Write(slim), ProfileWriter.Write(_folder.Load("x-slim", "slim")));
        Assert.Equal(["apt", "man-db"], _folder.Load("x", "full").Packages.Include);
    }

    [Fact]
    public void A_parent_that_is_unset_takes_its_variant_with_it() =>
        Assert.Empty(_folder.LoadText("variants:\n  slim:\n").Variants);

    [Fact]
    public void A_profile_is_loaded_by_path_and_finds_parents_beside_it_and_in_the_search_directories()
    {
        using ProfileFolder other = new();
        string path = other.Add("mine", "extends: ubuntu\nsuite: mine\nvariants: {big: {image: {user: big}}}\n");
        _folder.Add("ubuntu", "extends: _base\ntitle: from the search directory\n");

        Profile profile = ProfileLoader.Load(path, "big", [_folder.Path]);

        Assert.Equal(("mine", "from the search directory", "big"), (profile.Name, profile.Title, profile.Image.User));
    }

    [Fact]
    public void The_first_directory_that_has_a_name_wins()
    {
        using ProfileFolder other = new();
        other.Add("x", "extends: _base\ntitle: first\n");
        _folder.Add("x", "extends: _base\ntitle: second\n");

        Assert.Equal("first", ProfileLoader.Load("x", null, [other.Path, _folder.Path]).Title);
        Assert.Equal(["first"], ProfileLoader.List([other.Path, _folder.Path]).Select(profile => profile.Title));
    }

    [Fact]
    public void The_list_is_sorted_and_leaves_parents_out()
    {
        _folder.Add("b", "extends: _base\n");
        _folder.Add("a", "extends: _base\n");
        _folder.Add("_not-a-whole-profile", "suite: [\n");

        Assert.Equal(["a", "b"], ProfileLoader.List([_folder.Path, "/nonexistent"]).Select(profile => profile.Name));
    }
}
