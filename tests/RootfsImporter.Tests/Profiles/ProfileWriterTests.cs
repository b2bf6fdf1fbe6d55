using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

public sealed class ProfileWriterTests : IDisposable
{
    // Every key, each with a value that is not its default.
    private const string Everything = $$"""
        # everything, merged
        title: "Every \"key\" #1: \\ all"
        distribution: test
        version: "1.0"
        family: deb
        suite: one
        endOfLife: 2029-05-31
        architectures:
          - amd64
          - arm64
        archives:
          main:
            mirrors:
              - https://mirror.example/test/
              - https://mirror.example:8080/other/
            debootstrapScript: sid
          security:
            beside: test-security
            architectures:
              - amd64
        pockets:
          release:
            suite: one
            archive: main
          security:
            suite: one/security
            archive: security
        components:
          - main
          - updates/main
        keys:
          - fingerprint: {{ProfileFolder.Fingerprint}}
            file: test.asc
          - fingerprint: B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8
            file: test.asc
            architectures:
              - arm64
        usrMerge: packaged
        packages:
          essential: false
          priorities:
            - required
          include:
            - apt
            - "hello (>= 2)"
          exclude:
            - vim
          pin:
            apt: "2.7"
            g++: "4:13"
          recommends: true
          phasedUpdates: exclude-halted
        buildOnly:
          - "gcc (>= 13)"
        files:
          - source: everything.yaml
            target: /etc/test.conf
            mode: "0640"
            owner: redis:redis
          - source: test.asc
            target: "/srv/key#1"
            owner: "0:0"
        run:
          - make install
          - command: "a\nb"
            network: true
          - "true"
        remove:
          - vim
          - /var/log/*.log
        image:
          cmd:
            - ""
            - "no"
            - "two\nlines\t\u0001"
          entrypoint:
            - /bin/sh
            - "-c"
          env:
            PATH: /bin:/sbin
            EMPTY: ""
            EQUALS: a=b
          labels:
            "1": " padded "
            name: "Grüße"
          user: "1000:1000"
          workingDir: /srv
          volumes:
            - /data
          exposedPorts:
            - "80/tcp"
        seal:
          dockerSettings: false
          sourceComponents:
            - main
          sourceSuites:
            - one-backports
          imageMirrors:
            main: https://mirror.example/test/
          pathExclude:
            - /usr/share/doc/*
          pathInclude:
            - /usr/share/doc/*/copyright

        """;

    private readonly ProfileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_is_written_as_it_is_read()
    {
        _folder.Add("everything", Everything);

        Assert.Equal(Everything, ProfileWriter.Write(_folder.Load("everything"), _folder.Path));
    }

    [Fact]
    public void A_merged_profile_loads_again_to_the_same()
    {
        Profile slim = _folder.LoadText(
            "packages: {include+: ['a=1']}\narchives: {main: {debootstrapScript: }}\n", "slim");
        string text = ProfileWriter.Write(slim, _folder.Path);
        _folder.Add("flat", text);

        Profile flat = _folder.Load("flat");

        Assert.StartsWith("# x, variant slim, merged (variants: slim)\n", text);
        Assert.Contains("  main: {}\n", text, StringComparison.Ordinal);
        Assert.Equal(AfterHeading(text), AfterHeading(ProfileWriter.Write(flat, _folder.Path)));
    }

    [Theory]
    [InlineData("base: lower\n", "base: lower\n")]
    [InlineData("base: lower-slim\n", "base:\n  profile: lower\n  variant: slim\n")]
    [InlineData("base: {profile: sub/../lower.yaml, variant: slim}\n", "base:\n  profile: \"./lower.yaml\"\n  variant: slim\n")]
    [InlineData("extends: lower\nbase: 'docker://a.example:5000/b:1'\n", "base: docker://a.example:5000/b:1\n")]
    public void A_base_stays_a_base(string yaml, string written)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "sub"));
        _folder.Add("lower", "extends: _base\n");
        _folder.Add("x", yaml + "files: [{source: test.asc, target: /a}]\n");
        string text = ProfileWriter.Write(_folder.Load("x"), _folder.Path);
        _folder.Add("flat", text);

        Assert.StartsWith("# x, merged\n" + written + "title: ", text);
        Assert.Equal(AfterHeading(text), AfterHeading(ProfileWriter.Write(_folder.Load("flat"), _folder.Path)));
    }

    [Fact]
    public void What_a_derived_profile_unsets_does_not_come_back()
    {
        _folder.Add("lower", """
            extends: _base
            endOfLife: 2029-05-31
            archives: {main: {mirrors: ['https://a.example/'], architectures: [amd64]}, third: {}}
            pockets: {third: {suite: third, archive: third}}
            seal:
              sourceComponents: [main]
              sourceSuites: [a]
              imageMirrors: {main: 'https://a.example/', third: 'https://b.example/'}
              pathExclude: [/a]
              pathInclude: [/b]
            """);
        _folder.Add("x", """
            base: lower
            endOfLife:
            archives: {main: {mirrors: , architectures: , debootstrapScript: }, third: , security: {beside: }}
            pockets: {third: }
            seal:
              sourceComponents:
              sourceSuites: []
              imageMirrors: {third: }
              pathExclude:
              pathInclude: []
            """);
        string text = ProfileWriter.Write(_folder.Load("x"), _folder.Path);
        _folder.Add("flat", text);

        Profile flat = _folder.Load("flat");

        Assert.Equal(AfterHeading(text), AfterHeading(ProfileWriter.Write(flat, _folder.Path)));
        Assert.Null(flat.EndOfLife);
        Assert.Equal(["main", "security"], flat.Archives.Keys.Order());
        Assert.Null(flat.Archives["main"].Architectures);
        Assert.Empty((string[])[.. flat.Seal.PathExclude, .. flat.Seal.PathInclude, .. flat.Seal.SourceSuites]);
        Assert.Equal(["main"], flat.Seal.ImageMirrors.Keys);
    }

    [Fact]
    public void Keys_have_absolute_paths_unless_told_where_the_text_will_lie() => Assert.Contains(
        $"file: {_folder.Path}/test.asc\n", ProfileWriter.Write(_folder.LoadText("")), StringComparison.Ordinal);

    private static string AfterHeading(string text) => text[text.IndexOf('\n', StringComparison.Ordinal)..];
}
