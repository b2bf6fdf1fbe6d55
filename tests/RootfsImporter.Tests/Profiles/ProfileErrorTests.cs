namespace RootfsImporter.Tests.Profiles;

public sealed class ProfileErrorTests : IDisposable
{
    private readonly ProfileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The first line of each text is line 2 of the file, below 'extends: _base'.
    [Theory]
    [InlineData("sutie: noble", "x.yaml:2:1: unknown key 'sutie'", "did you mean 'suite'?")]
    [InlineData("end-of-life: 2029-05-31", "x.yaml:2:1: unknown key 'end-of-life'", "did you mean 'endOfLife'?")]
    [InlineData("image:\n  cdm: [sh]", "x.yaml:3:3: unknown key 'cdm'", "did you mean 'cmd'?")]
    [InlineData("image:\n  lables: {}", "x.yaml:3:3: unknown key 'lables'", "did you mean 'labels'?")]
    [InlineData("include: [apt]", "x.yaml:2:1: unknown key 'include'", "'include' belongs in 'packages'")]
    [InlineData("packages:\n  include+: curl", "x.yaml:3:3: unknown key 'include+'",
        "'include+' appends a list: write 'include+: [...]'")]
    [InlineData("keys:\n  - fingerprnt: a", "x.yaml:3:5: unknown key 'fingerprnt'", "did you mean 'fingerprint'?")]
    [InlineData("archives:\n  main:\n    mirror: a", "x.yaml:4:5: unknown key 'mirror'", "did you mean 'mirrors'?")]
    [InlineData("pockets:\n  updates:\n    suit: a", "x.yaml:4:5: unknown key 'suit'", "did you mean 'suite'?")]
    [InlineData("variants:\n  slim:\n    sael: {}", "x.yaml:4:5: unknown key 'sael'", "did you mean 'seal'?")]
    [InlineData("variants:\n  slim:\n    variants: {}", "x.yaml:4:5: unknown key 'variants'",
        "'variants' stands at the top of a profile file only")]
    [InlineData("suite: [a]", "x.yaml:2:8: 'suite' takes a single value here, found a list", null)]
    [InlineData("components: main", "x.yaml:2:13: 'components' is a list, found 'main'", "write 'components: [...]'")]
    [InlineData("components: []", "x.yaml:2:13: 'components' is empty, expected at least one", null)]
    [InlineData("components: [[a]]", "x.yaml:2:14: 'components' takes a single value here, found a list", null)]
    [InlineData("components: [a, ~]", "x.yaml:2:17: 'components' takes a single value here, found nothing", null)]
    [InlineData("image: sh", "x.yaml:2:8: 'image' is a mapping, found 'sh'", null)]
    [InlineData("variants: [slim]", "x.yaml:2:11: 'variants' is a mapping, found a list", null)]
    [InlineData("variants: {slim: yes}", "x.yaml:2:18: the variant 'slim' is a mapping, found 'yes'", null)]
    [InlineData("suite:", "x.yaml:1:1: required key 'suite' is missing", null)]
    [InlineData("pockets:\n  updates: {archive: main}", "x.yaml:3:12: required key 'suite' is missing", null)]
    [InlineData("seal: {dockerSettings: yes}", "x.yaml:2:24: 'dockerSettings' is true or false, found 'yes'", null)]
    [InlineData("seal: {dockerSettings: 'true'}", "x.yaml:2:24: 'dockerSettings' is true or false, found 'true'", null)]
    [InlineData("suite: a\nversion: 1\nsuite: b", "x.yaml:4:1: duplicate key 'suite', first on line 2",
        "remove one of them")]
    [InlineData("components: [a]\ncomponents+: [b]", "x.yaml:3:1: 'components' and 'components+' in one mapping",
        "put everything into 'components'")]
    [InlineData("suite+: [b]", "x.yaml:2:1: 'suite+' appends to a list, but 'suite' is 'one' (_base.yaml:5)", null)]
    public void Structure_is_checked_where_it_stands(string yaml, string message, string? hint) =>
        Assert.Equal((message, hint), _folder.Failure("extends: _base\n" + yaml + "\n"));

    [Theory]
    [InlineData("architectures: [x86_64]", "x.yaml:2:17: unknown architecture 'x86_64'",
        "profiles use Debian's names: 'amd64'")]
    [InlineData("architectures: [amd46]", "x.yaml:2:17: unknown architecture 'amd46'", "did you mean 'amd64'?")]
    [InlineData("endOfLife: 2029-02-30", "x.yaml:2:12: expected a date such as 2029-05-31, found '2029-02-30'", null)]
    [InlineData("endOfLife: soon", "x.yaml:2:12: expected a date such as 2029-05-31, found 'soon'", null)]
    [InlineData("family: dep", "x.yaml:2:9: unknown package family 'dep'", "did you mean 'deb'?")]
    [InlineData("suite: ../../etc", "x.yaml:2:8: expected a suite such as 'noble-updates', found '../../etc'", null)]
    [InlineData("suite: a/../b", "x.yaml:2:8: expected a suite such as 'noble-updates', found 'a/../b'", null)]
    [InlineData("pockets: {release: {suite: '{siute}'}}",
        "x.yaml:2:28: unknown placeholder '{siute}'", "did you mean '{suite}'?")]
    [InlineData("image: {labels: {a: 'b {foo}'}}", "x.yaml:2:21: unknown placeholder '{foo}'",
        "known are {suite}, {version}")]
    [InlineData("image:\n  env:\n    A: '{foo}'", "x.yaml:4:8: unknown placeholder '{foo}'",
        "known are {suite}, {version}")]
    [InlineData("seal: {sourceSuites: ['../x']}",
        "x.yaml:2:23: expected a suite such as 'noble-updates', found '../x'", null)]
    [InlineData("family:", "x.yaml:1:1: required key 'family' is missing", null)]
    [InlineData("packages: {scripts: none}",
        "x.yaml:2:12: 'scripts' is of the package family apk, and this profile is of deb",
        "remove it, or unset it with 'scripts:' when it comes from a parent")]
    [InlineData("pockets: {release: {tag: a}}",
        "x.yaml:2:21: 'tag' is of the package family apk, and this profile is of deb",
        "remove it, or unset it with 'tag:' when it comes from a parent")]
    [InlineData("packages: {include: ['redis>7']}",
        "x.yaml:2:22: expected a package such as 'apt', 'curl=8.5.0-2' or 'hello (>= 2)', found 'redis>7'", null)]
    [InlineData("pockets: {release: {archive: mian}}", "x.yaml:2:30: unknown archive 'mian'", "did you mean 'main'?")]
    [InlineData("archives:\n  main:", "x.yaml:3:3: the archive 'main' is missing",
        "the archive that holds the release is 'main'")]
    [InlineData("archives: {main: {beside: a}}", "x.yaml:2:27: 'main' cannot lie beside itself",
        "'beside' is for the other archives")]
    [InlineData("archives: {main: {architectures: []}}",
        "x.yaml:2:34: 'architectures' is empty, expected at least one", null)]
    [InlineData("archives: {main: {mirrors: [ftp://a.example/b]}}",
        "x.yaml:2:29: expected an http, https or file address, found 'ftp://a.example/b'", null)]
    [InlineData("archives: {main: {mirrors: [mirror]}}",
        "x.yaml:2:29: expected an http, https or file address, found 'mirror'", null)]
    [InlineData("archives: {main: {mirrors: ['https://me:secret@a.example/']}}",
        "x.yaml:2:29: an address with a password does not belong in a profile", "give it by --mirror")]
    [InlineData("archives: {main: {mirrors: ['https://a.example/?a=b']}}",
        "x.yaml:2:29: an archive's address has no '?' and no '#', found 'https://a.example/?a=b'", null)]
    [InlineData("seal: {imageMirrors: {mian: 'https://a.example/'}}", "x.yaml:2:23: unknown archive 'mian'",
        "did you mean 'main'?")]
    [InlineData("keys: []", "x.yaml:2:7: 'keys' is empty, expected at least one", null)]
    [InlineData("keys: [{fingerprint: 871920D1991BC93C, file: test.asc}]",
        "x.yaml:2:22: expected a full fingerprint of 40 hexadecimal digits, found '871920D1991BC93C'",
        "this is a key ID, which can be forged; gpg --fingerprint shows the whole")]
    [InlineData("keys: [{fingerprint: xyz, file: test.asc}]",
        "x.yaml:2:22: expected a full fingerprint of 40 hexadecimal digits, found 'xyz'", null)]
    [InlineData("packages: {priorities: [requird]}", "x.yaml:2:25: unknown priority 'requird'",
        "did you mean 'required'?")]
    [InlineData("packages: {phasedUpdates: exclude-halt}", "x.yaml:2:27: unknown phased-update policy 'exclude-halt'",
        "did you mean 'exclude-halted'?")]
    [InlineData("packages: {include: ['apt curl']}",
        "x.yaml:2:22: expected a package such as 'apt', 'curl=8.5.0-2' or 'hello (>= 2)', found 'apt curl'", null)]
    [InlineData("packages: {include: ['--force']}",
        "x.yaml:2:22: expected a package such as 'apt', 'curl=8.5.0-2' or 'hello (>= 2)', found '--force'", null)]
    [InlineData("packages: {exclude: ['a=1']}",
        "x.yaml:2:22: expected a package name without a version, found 'a=1'", null)]
    [InlineData("packages: {exclude: [apt]}", "x.yaml:2:22: 'apt' is both included and excluded", null)]
    [InlineData("packages: {pin: {apt: '>= 2'}}",
        "x.yaml:2:23: expected an exact version such as '2.7.14build2', found '>= 2'", null)]
    [InlineData("image: {exposedPorts: [65536/tcp]}",
        "x.yaml:2:24: expected a port from 1 to 65535 such as '80/tcp', found '65536/tcp'", null)]
    [InlineData("image: {exposedPorts: [80/tpc]}",
        "x.yaml:2:24: expected a port from 1 to 65535 such as '80/tcp', found '80/tpc'", null)]
    [InlineData("image: {workingDir: srv}",
        "x.yaml:2:21: expected an absolute path such as '/usr/share/doc/*', found 'srv'", null)]
    [InlineData("image: {env: {A=B: c}}", "x.yaml:2:15: 'A=B' is not the name of an environment variable", null)]
    [InlineData("title: \"a\\nb\"", "x.yaml:2:8: expected one line of text, found 'a b'", null)]
    public void Values_are_checked_where_they_stand(string yaml, string message, string? hint) =>
        Assert.Equal((message, hint), _folder.Failure("extends: _base\n" + yaml + "\n"));

    [Fact]
    public void A_mistake_in_a_parent_is_shown_in_the_parent()
    {
        _folder.Add("_typo", "extends: _base\n\npackages:\n  includes: [a]\n");

        (string message, string? hint) = _folder.Failure("extends: _typo\nsuite: two\n");

        Assert.Equal(("_typo.yaml:4:3: unknown key 'includes'", "did you mean 'include'?"), (message, hint));
    }

    [Fact]
    public void A_key_file_has_to_exist_beside_the_file_that_names_it()
    {
        (string message, string? hint) = _folder.Failure(
            $"extends: _base\nkeys: [{{fingerprint: {ProfileFolder.Fingerprint}, file: keys/none.asc}}]\n");

        Assert.Equal("x.yaml:2:70: key file 'keys/none.asc' does not exist (looked for keys/none.asc)", message);
        Assert.Equal("the path is relative to this file", hint);
    }

    [Fact]
    public void A_cycle_is_shown_as_a_chain()
    {
        _folder.Add("a", "extends: b\n");
        _folder.Add("b", "extends: [_base, c]\n");
        _folder.Add("c", "extends: a\n");

        (string message, string? hint) = _folder.FailureOf("a");

        Assert.Equal("c.yaml:1:10: profiles extend each other in a cycle: a -> b -> c -> a", message);
        Assert.Equal("a profile cannot extend itself, directly or through its parents", hint);
        Assert.Equal(
            "x.yaml:1:10: profiles extend each other in a cycle: x -> x", _folder.Failure("extends: x\n").Message);
    }

    [Fact]
    public void An_unknown_parent_brings_a_suggestion()
    {
        Assert.Equal(
            ("x.yaml:1:10: unknown parent '_bsae'", "did you mean '_base'?"), _folder.Failure("extends: _bsae\n"));
        Assert.Equal(
            "x.yaml:1:11: 'extends' takes the name of a profile, found a list",
            _folder.Failure("extends: [[_base]]\n").Message);
    }

    [Fact]
    public void Parents_that_double_are_bounded()
    {
        _folder.Add("p0", "extends: _base\n");
        for (int level = 1; level <= 30; level++)
        {
            _folder.Add($"p{level}", $"extends: [p{level - 1}, p{level - 1}]\n");
        }

        string message = _folder.FailureOf("p30").Message;
        Assert.Contains("more than 64 files make one profile", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Placeholders_cannot_blow_up_a_value()
    {
        string title = string.Concat(Enumerable.Repeat("{version}", 10_000));
        string text = $"extends: _base\nversion: {new string('1', 60_000)}\ntitle: '{title}'\n";

        Assert.StartsWith("x.yaml:2:10: expected a version such as '24.04', found '111", _folder.Failure(text).Message);
    }

    [Fact]
    public void A_file_name_that_is_no_name_is_refused()
    {
        string path = _folder.Add("my profile", "extends: _base\n");

        Assert.Equal("'my profile' is not a name for a profile", _folder.FailureOf(path).Message);
    }

    [Fact]
    public void Unknown_names_bring_a_suggestion()
    {
        _folder.Add("ubuntu-24.04", "extends: _base\n");
        _folder.Add("debian-13", "extends: _base\n");

        Assert.Equal(
            ("unknown profile 'ubunut-24.04'", "did you mean 'ubuntu-24.04'?"),
            _folder.FailureOf("ubunut-24.04"));
        Assert.Equal(("unknown profile 'fedora'", "known are debian-13, ubuntu-24.04"), _folder.FailureOf("fedora"));
        Assert.Equal(
            ("profile 'ubuntu-24.04' has no variant 'slm'", "did you mean 'slim'?"),
            _folder.FailureOf("ubuntu-24.04-slm"));
        Assert.Equal(
            ("profile 'ubuntu-24.04' has no variant 'huge'", "known are slim"),
            _folder.FailureOf("ubuntu-24.04", "huge"));
        Assert.Equal("profile file ./no.yaml does not exist", _folder.FailureOf("./no.yaml").Message);
        Assert.StartsWith("'_base' is only a parent of other profiles", _folder.FailureOf("_base").Message);
    }

    [Fact]
    public void Two_different_variants_are_refused()
    {
        _folder.Add("x", "extends: _base\n");

        Assert.Equal(
            ("'x-slim' names the variant 'slim', but 'other' is asked for too", "give one of them"),
            _folder.FailureOf("x-slim", "other"));
    }

    [Fact]
    public void Without_any_profile_the_hint_is_the_directory() => Assert.Equal(
        "no profiles were found; is the directory 'distros' in place?",
        Assert.Throws<ProfileException>(
            () => RootfsImporter.Profiles.ProfileLoader.Load("ubuntu-24.04", null, ["/nonexistent"])).Hint);
}
