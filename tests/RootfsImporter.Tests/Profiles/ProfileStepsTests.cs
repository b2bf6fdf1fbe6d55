using System.Diagnostics;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

/// <summary>Packages in short, packages for commands, copied files, commands and removals.</summary>
public sealed class ProfileStepsTests : IDisposable
{
    private readonly ProfileFolder _folder = new();

    public ProfileStepsTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "conf/empty"));
        File.WriteAllText(Path.Combine(_folder.Path, "conf/a.conf"), "a");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), "/nowhere");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "out"), "/etc");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("packages: [curl]", "curl")]
    [InlineData("packages+: [curl]", "apt curl")]
    [InlineData("packages: {include: [curl]}", "curl")]
    [InlineData("packages: []", "")]
    [InlineData("variants: {v: {packages: [curl]}}", "curl")]
    [InlineData("variants: {v: {packages+: [curl]}}", "apt curl")]
    [InlineData("packages: [git]\nvariants: {v: {packages+: [curl]}}", "git curl")]
    public void Packages_may_be_a_list(string yaml, string expected)
    {
        PackageSelection packages = _folder.LoadText(yaml, yaml.Contains("{v:") ? "v" : null).Packages;

        Assert.Equal(expected, string.Join(' ', packages.Include));
        Assert.Equal(["required"], packages.Priorities);
        Assert.True(packages.Essential);
    }

    [Fact]
    public void Each_is_read_also_without_a_base()
    {
        Profile profile = _folder.LoadText("""
            buildOnly: [gcc, 'make (>= 4)', gcc]
            files:
              - {source: conf/a.conf, target: /etc/a.conf, mode: "0640", owner: redis:redis}
              - {source: ./conf/, target: /}
              - {source: link, target: /srv/link, mode: 4755, owner: "7"}
            run:
              - make install
              - {command: "curl https://a.example\n", network: true}
              - {command: "true", network: false}
            remove: [vim, /var/log/*.log, /srv]
            """);

        Assert.Equal(["gcc", "make (>= 4)"], profile.BuildOnly);
        Assert.Equal(
            [
                new CopiedFile { Source = In("conf/a.conf"), Target = "/etc/a.conf", Mode = 0x1A0, Owner = "redis:redis" },
                new CopiedFile { Source = In("conf"), Target = "/" },
                new CopiedFile { Source = In("link"), Target = "/srv/link", Mode = 0x9ED, Owner = "7" },
            ],
            profile.Files);
        Assert.Equal(
            [
                new RunCommand { Command = "make install" },
                new RunCommand { Command = "curl https://a.example\n", HasNetwork = true },
                new RunCommand { Command = "true" },
            ],
            profile.Run);
        Assert.Equal(["vim"], profile.Remove.Packages);
        Assert.Equal(["/var/log/*.log", "/srv"], profile.Remove.Paths);
        Assert.Null(profile.Base);
    }

    [Fact]
    public void They_are_inherited_and_appended_to()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "sub"));
        _folder.Add("middle", """
            extends: _base
            files: [{source: conf/a.conf, target: /a}]
            run: [a]
            remove: [vim]
            buildOnly: [a]
            """);
        string path = _folder.Add("sub/x", """
            extends: ../middle.yaml
            files+: [{source: x.yaml, target: /x}]
            run+: [b]
            remove+: [/b]
            buildOnly+: [b]
            """);

        Profile profile = _folder.Load(path);

        // A source is beside the file that names it.
        Assert.Equal([In("conf/a.conf"), In("sub/x.yaml")], profile.Files.Select(file => file.Source));
        Assert.Equal(["a", "b"], profile.Run.Select(command => command.Command));
        Assert.Equal(["a", "b"], profile.BuildOnly);
        Assert.Equal(("vim", "/b"), (profile.Remove.Packages.Single(), profile.Remove.Paths.Single()));
    }

    // The first line of each text is line 2 of the file, below 'extends: _base'.
    [Theory]
    [InlineData("packages: curl", "x.yaml:2:11: 'packages' is a mapping, found 'curl'", null)]
    [InlineData("packages: [a]\npackages+: [b]", "x.yaml:3:1: 'packages' and 'packages+' in one mapping",
        "put everything into 'packages'")]
    [InlineData("packages: {}\npackages+: [b]", "x.yaml:3:1: 'packages' and 'packages+' in one mapping",
        "put everything into 'packages'")]
    [InlineData("packages+: {include: [b]}", "x.yaml:2:1: unknown key 'packages+'",
        "'packages+' appends a list: write 'packages+: [...]'")]
    [InlineData("packages: [{a: b}]", "x.yaml:2:12: 'include' takes a single value here, found a mapping", null)]
    [InlineData("packages: ['a b c']",
        "x.yaml:2:12: expected a package such as 'apt', 'curl=8.5.0-2' or 'hello (>= 2)', found 'a b c'", null)]
    [InlineData("buildonly: [gcc]", "x.yaml:2:1: unknown key 'buildonly'", "did you mean 'buildOnly'?")]
    [InlineData("buildOnly: gcc", "x.yaml:2:12: 'buildOnly' is a list, found 'gcc'", "write 'buildOnly: [...]'")]
    [InlineData("buildOnly: ['gcc>1']",
        "x.yaml:2:13: expected a package such as 'apt', 'curl=8.5.0-2' or 'hello (>= 2)', found 'gcc>1'", null)]
    [InlineData("buildOnly: ['apt (>= 1)']", "x.yaml:2:13: 'apt' is both included and build-only",
        "remove it from one of the lists")]
    [InlineData("packages: {exclude: [gcc]}\nbuildOnly: [gcc]", "x.yaml:3:13: 'gcc' is both build-only and excluded",
        "remove it from one of the lists")]
    [InlineData("buildOnly: [gcc]\nremove: [gcc]", "x.yaml:3:10: 'gcc' is both build-only and removed",
        "remove it from one of the lists")]
    [InlineData("remove: [apt]", "x.yaml:2:10: 'apt' is both included and removed", "remove it from one of the lists")]
    [InlineData("remove: ['vim=1']", "x.yaml:2:10: expected a package name without a version, found 'vim=1'", null)]
    [InlineData("remove: ['var/log']", "x.yaml:2:10: expected a package name without a version, found 'var/log'", null)]
    [InlineData("remove: [/]", "x.yaml:2:10: the root itself cannot be removed", null)]
    [InlineData("remove: [/a/../b]", "x.yaml:2:10: expected a path without empty components, '.' and '..', found '/a/../b'", null)]
    [InlineData("remove: [//a]", "x.yaml:2:10: expected a path without empty components, '.' and '..', found '//a'", null)]
    [InlineData("remove: ['/a*/b']", "x.yaml:2:10: only the last component has wildcards, found '/a*/b'", null)]
    [InlineData("remove: ['/[a]/b']", "x.yaml:2:10: only the last component has wildcards, found '/[a]/b'", null)]
    [InlineData("remove: [~]", "x.yaml:2:10: 'remove' takes a single value here, found nothing", null)]
    [InlineData("files: conf", "x.yaml:2:8: 'files' is a list, found 'conf'", "write 'files: [...]'")]
    [InlineData("files: [conf]", "x.yaml:2:9: 'file' is a mapping, found 'conf'", null)]
    [InlineData("files: [{source: conf}]", "x.yaml:2:9: required key 'target' is missing", null)]
    [InlineData("files: [{target: /a}]", "x.yaml:2:9: required key 'source' is missing", null)]
    [InlineData("files: [{suorce: conf, target: /a}]", "x.yaml:2:10: unknown key 'suorce'", "did you mean 'source'?")]
    [InlineData("source: conf", "x.yaml:2:1: unknown key 'source'", "'source' belongs in 'files'")]
    [InlineData("files: [{source: conf/b, target: /a}]",
        "x.yaml:2:18: cannot copy 'conf/b': lstat conf/b: No such file or directory", "the path is relative to this file")]
    [InlineData("files: [{source: conf/a.conf/b, target: /a}]",
        "x.yaml:2:18: cannot copy 'conf/a.conf/b': lstat conf/a.conf/b: Not a directory", "the path is relative to this file")]
    [InlineData("files: [{source: /etc/passwd, target: /a}]", "x.yaml:2:18: '/etc/passwd' is not below the directory of this file",
        "files are copied from beside the profile: put it there, and name it relative to this file")]
    [InlineData("files: [{source: conf/../../a, target: /a}]",
        "x.yaml:2:18: 'conf/../../a' is not below the directory of this file",
        "files are copied from beside the profile: put it there, and name it relative to this file")]
    [InlineData("files: [{source: out/passwd, target: /a}]", "x.yaml:2:18: 'out/passwd' leads through the symbolic link out",
        "name what it leads to; links are copied as they are, and not followed")]
    [InlineData("files: [{source: \"a\\0b\", target: /a}]", "x.yaml:2:18: expected one line of text, found 'a\0b'", null)]
    [InlineData("files: [{source: conf, target: a}]",
        "x.yaml:2:32: expected an absolute path such as '/usr/share/doc/*', found 'a'", null)]
    [InlineData("files: [{source: conf, target: /a/}]", "x.yaml:2:32: '/a/' ends in '/', expected the path of the file itself",
        "such as '/a/NAME'")]
    [InlineData("files: [{source: conf, target: /../a}]",
        "x.yaml:2:32: expected a path without empty components, '.' and '..', found '/../a'", null)]
    [InlineData("files: [{source: link, target: /}]", "x.yaml:2:32: '/' is a directory, and 'link' is none",
        "name the file itself: '/etc/motd'")]
    [InlineData("files: [{source: conf, target: /a, mode: 888}]",
        "x.yaml:2:42: expected permissions in octal such as '0640', found '888'", null)]
    [InlineData("files: [{source: conf, target: /a, mode: '017777'}]",
        "x.yaml:2:42: expected permissions in octal such as '0640', found '017777'", null)]
    [InlineData("files: [{source: conf, target: /a, mode: u+x}]",
        "x.yaml:2:42: expected permissions in octal such as '0640', found 'u+x'", null)]
    [InlineData("files: [{source: conf, target: /a, owner: 'a:'}]",
        "x.yaml:2:43: expected an owner such as 'redis:redis' or '0:0', found 'a:'", null)]
    [InlineData("files: [{source: conf, target: /a, owner: '-1'}]",
        "x.yaml:2:43: expected an owner such as 'redis:redis' or '0:0', found '-1'", null)]
    [InlineData("run: make", "x.yaml:2:6: 'run' is a list, found 'make'", "write 'run: [...]'")]
    [InlineData("run: [' ']", "x.yaml:2:7: the command is empty", null)]
    [InlineData("run: [~]", "x.yaml:2:7: 'run' takes a single value here, found nothing", null)]
    [InlineData("run: [[a, b]]", "x.yaml:2:7: 'run' takes a single value here, found a list", null)]
    [InlineData("run: [\"a\\0\"]", "x.yaml:2:7: a NUL character cannot be stored here", null)]
    [InlineData("run: [{network: true}]", "x.yaml:2:7: required key 'command' is missing", null)]
    [InlineData("run: [{command: a, network: yes}]", "x.yaml:2:29: 'network' is true or false, found 'yes'", null)]
    [InlineData("run: [{command: a, netwrok: true}]", "x.yaml:2:20: unknown key 'netwrok'", "did you mean 'network'?")]
    [InlineData("network: true", "x.yaml:2:1: unknown key 'network'", "'network' belongs in 'run'")]
    public void Mistakes_are_shown_where_they_stand(string yaml, string message, string? hint)
    {
        (string Message, string? Hint) failure = _folder.Failure("extends: _base\n" + yaml + "\n");

        Assert.Equal((message, hint), failure);
    }

    [Fact]
    public void What_is_no_file_is_not_copied()
    {
        using (Process mkfifo = Process.Start("mkfifo", [In("pipe")]))
        {
            mkfifo.WaitForExit();
        }

        Assert.Equal(
            "x.yaml:2:18: 'pipe' is no file, directory or symbolic link",
            _folder.Failure("extends: _base\nfiles: [{source: pipe, target: /a}]\n").Message);
    }

    [Fact]
    public void A_directory_may_be_that_of_the_profile_itself() =>
        Assert.Equal(_folder.Path, _folder.LoadText("files: [{source: ., target: /srv}]\n").Files.Single().Source);

    [Fact]
    public void Whatever_is_cut_off_a_file_is_an_error_or_a_profile()
    {
        const string Yaml = """
            extends: _base
            base: {profile: y, variant: slim}
            packages+: [a, b]
            buildOnly: [gcc]
            files: [{source: conf/a.conf, target: /etc/a.conf, mode: "0640", owner: redis:redis}]
            run: [make, {command: a, network: true}]
            remove: [vim, /var/log/*.log]
            """;
        _folder.Add("y", "extends: _base\n");
        for (int length = 0; length < Yaml.Length; length++)
        {
            _folder.Add("x", Yaml[..length]);
            Exception? exception = Record.Exception(() => _folder.Load("x"));
            Assert.True(exception is null or ProfileException, $"{length}: {exception}");
        }
    }

    private string In(string path) => Path.Combine(_folder.Path, path);
}
