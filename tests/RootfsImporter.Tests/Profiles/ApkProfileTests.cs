using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

/// <summary>Profiles of the family apk: what they may say, and what is deb's alone.</summary>
public sealed class ApkProfileTests : IDisposable
{
    private const string Fingerprint = "SHA256:8a70fc55f1a6fb2a392ad5a3e71aff82a637b2b33659c046f6b6a909bb5d1ab7";

    // Every key, each with a value that is not its default, as the writer writes it.
    private const string Everything = $$"""
        # everything, merged
        title: Everything
        distribution: test
        version: "3.20"
        family: apk
        suite: v3.20
        architectures:
          - amd64
          - arm64
        archives:
          main:
            mirrors:
              - https://mirror.example/test/
        pockets:
          main:
            suite: v3.20/main
            archive: main
          edge:
            suite: edge/main
            archive: main
            tag: edge
        keys:
          - fingerprint: {{Fingerprint}}
            file: test.asc
            architectures:
              - amd64
        packages:
          include:
            - busybox
            - "redis>7"
          exclude:
            - vim
          pin:
            musl: "1.2.5-r0"
          extract:
            - alpine-release
          scripts: none
        image:
          cmd:
            - /bin/sh
        seal:
          imageMirrors:
            main: https://mirror.example/test/

        """;

    private const string Base = $$"""
        title: Test
        distribution: test
        version: "3.20"
        family: apk
        suite: v3.20
        architectures: [amd64, arm64]
        archives:
          main:
            mirrors: ["https://mirror.example/test"]
        pockets:
          main:
            suite: "{suite}/main"
        keys: [{fingerprint: "{{Fingerprint}}", file: test.asc}]
        """;

    private readonly ProfileFolder _folder = new();

    public ApkProfileTests() => _folder.Add("_apk", Base);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_is_written_as_it_is_read()
    {
        _folder.Add("everything", Everything);
        Profile profile = _folder.Load("everything");

        Assert.Equal(Everything, ProfileWriter.Write(profile, _folder.Path));
        Assert.Equal(["amd64"], profile.Keys[0].Architectures!.Select(each => each.Deb));
        Assert.Equal([null, "edge"], profile.Pockets.Select(pocket => pocket.Tag));
        Assert.Equal(PackageScripts.None, profile.Packages.Scripts);
        Assert.Equal(["alpine-release"], profile.Packages.Extract);
        Assert.Empty(profile.Components);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("redis=7.2.4-r0")]
    [InlineData("redis>7")]
    [InlineData("redis>=7.0_rc1")]
    [InlineData("redis~7.2")]
    [InlineData("redis=~7.2")]
    [InlineData("redis><Q1kZXg3Vx8r1yTn4RAwbOLB3v0lw=")]
    [InlineData("redis@edge")]
    [InlineData("redis@edge>7")]
    [InlineData("so:libc.musl-x86_64.so.1")]
    [InlineData("cmd:[")]
    [InlineData("pc:zlib>=1.2")]
    [InlineData("py3.12:yaml")]
    [InlineData("/bin/sh")]
    [InlineData(".build-deps", false)]
    [InlineData("--force", false)]
    [InlineData("hello (>= 2)", false)]
    [InlineData("a b", false)]
    [InlineData("redis=", false)]
    [InlineData("redis=latest", false)]
    [InlineData("redis@", false)]
    [InlineData("redis><Q3abc", false)]
    [InlineData("redis\n", false)]
    [InlineData("", false)]
    public void A_package_is_named_as_in_apks_world_file(string term, bool isTerm = true) =>
        Assert.Equal(isTerm, PackageGrammar.TryTerm(term, "apk", out _, out _));

    [Theory]
    [InlineData("packages: {include: ['!vim']}",
        "x.yaml:2:22: expected a package such as 'redis', 'redis=7.2.4-r0', 'redis>7' or 'redis@edge', found '!vim'",
        "'!' keeps a package out: put 'vim' among the excluded")]
    [InlineData("packages: {exclude: ['vim>1']}", "x.yaml:2:22: expected a package name without a version, found 'vim>1'", null)]
    [InlineData("packages: {include: ['so:a', 'vim@edge>1'], exclude: [vim]}",
        "x.yaml:2:55: 'vim' is both included and excluded", null)]
    [InlineData("packages: {pin: {musl: latest}}",
        "x.yaml:2:24: expected an exact version such as '1.36.1-r29', found 'latest'", null)]
    [InlineData("packages: {extract: ['a=1']}", "x.yaml:2:22: expected a package name without a version, found 'a=1'", null)]
    [InlineData("packages: {scripts: never}", "x.yaml:2:21: unknown choice for scripts 'never'", null)]
    [InlineData("pockets: {main: {tag: '@edge'}}", "x.yaml:2:23: expected a tag such as 'edge', found '@edge'", "without the '@'")]
    [InlineData("keys: [{fingerprint: F6ECB3762474EDA9D21B7022871920D1991BC93C, file: test.asc}]",
        "x.yaml:2:22: expected 'SHA256:' and 64 hexadecimal digits, found 'F6ECB3762474EDA9D21B7022871920D1991BC93C'",
        "it is the SHA-256 of the key in DER: openssl pkey -pubin -in FILE -outform DER | sha256sum")]
    public void Values_are_checked_where_they_stand(string yaml, string message, string? hint)
    {
        (string Message, string? Hint) failure = _folder.Failure("extends: _apk\n" + yaml + "\n");
        Assert.Equal(message, failure.Message);
        if (hint is not null)
        {
            Assert.Equal(hint, failure.Hint);
        }
    }

    [Theory]
    [InlineData("components: [main]", "components")]
    [InlineData("usrMerge: packaged", "usrMerge")]
    [InlineData("packages: {essential: true}", "essential")]
    [InlineData("packages: {priorities: [required]}", "priorities")]
    [InlineData("packages: {recommends: false}", "recommends")]
    [InlineData("packages: {phasedUpdates: include}", "phasedUpdates")]
    [InlineData("seal: {dockerSettings: true}", "dockerSettings")]
    [InlineData("seal: {sourceComponents: [main]}", "sourceComponents")]
    [InlineData("seal: {sourceSuites: [a]}", "sourceSuites")]
    [InlineData("seal: {pathExclude: [/a]}", "pathExclude")]
    [InlineData("seal: {pathInclude: [/a]}", "pathInclude")]
    [InlineData("archives: {main: {debootstrapScript: sid}}", "debootstrapScript")]
    [InlineData("archives: {more: {beside: a}}", "beside")]
    public void What_is_debs_is_refused(string yaml, string key)
    {
        (string message, string? hint) = _folder.Failure("extends: _apk\n" + yaml + "\n");
        Assert.EndsWith($": '{key}' is of the package family deb, and this profile is of apk", message, StringComparison.Ordinal);
        Assert.Equal($"remove it, or unset it with '{key}:' when it comes from a parent", hint);
        Assert.StartsWith("x.yaml:2:", message, StringComparison.Ordinal);
    }
}
