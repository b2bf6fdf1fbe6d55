using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

/// <summary>
/// A temporary directory of profile files, with a complete parent <c>_base</c> and its key file.
/// </summary>
internal sealed class ProfileFolder : IDisposable
{
    public const string Fingerprint = "F6ECB3762474EDA9D21B7022871920D1991BC93C";

    private const string Base = $$"""
        title: Test {version}
        distribution: test
        version: "1"
        family: deb
        suite: one
        architectures: [amd64, arm64]
        archives:
          main:
            debootstrapScript: sid
          security:
            beside: test-security
        pockets:
          release:
            suite: "{suite}"
          security:
            suite: "{suite}-security"
            archive: security
        components: [main]
        keys:
          - fingerprint: {{Fingerprint}}
            file: test.asc
        packages:
          priorities: [required]
          include: [apt]
        image:
          cmd: [bash]
          env:
            PATH: /bin
            LANG: C
        variants:
          slim:
            seal:
              pathExclude: [/usr/share/doc/*]
        """;

    public ProfileFolder()
    {
        Path = Directory.CreateTempSubdirectory("profiles-").FullName;
        Add("_base", Base);
        File.WriteAllText(System.IO.Path.Combine(Path, "test.asc"), "");
    }

    public string Path { get; }

    public string Add(string name, string yaml)
    {
        string file = System.IO.Path.Combine(Path, name + ".yaml");
        File.WriteAllText(file, yaml);
        return file;
    }

    public Profile Load(string name, string? variant = null) => ProfileLoader.Load(name, variant, [Path]);

    /// <summary>Loads a profile that extends <c>_base</c> and says this.</summary>
    public Profile LoadText(string yaml, string? variant = null)
    {
        Add("x", "extends: _base\n" + yaml);
        return Load("x", variant);
    }

    /// <summary>
    /// The error of loading the profile <c>x</c> with just this text; paths are shown without the folder.
    /// </summary>
    public (string Message, string? Hint) Failure(string yaml, string? variant = null)
    {
        Add("x", yaml);
        return FailureOf("x", variant);
    }

    public (string Message, string? Hint) FailureOf(string name, string? variant = null)
    {
        ProfileException exception = Assert.Throws<ProfileException>(() => Load(name, variant));
        Assert.Equal(2, exception.ExitCode);
        return (exception.Message.Replace(Path + "/", "", StringComparison.Ordinal), exception.Hint);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
