using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// One signed apk repository of the tiny system, for one or several architectures, and the profile that builds it. As it
/// is made it is good; a test changes one thing and serves it.
/// </summary>
internal sealed class ApkSite : ITestSite
{
    private const string Branch = "v1/main";

    private readonly StaticServer _server = new();

    /// <summary>Who signs.</summary>
    public required ApkKey Signer { get; set; }

    /// <summary>The key that the profile pins.</summary>
    public required ApkKey Pinned { get; set; }

    public IReadOnlyList<Architecture> Architectures { get; init; } = [Architecture.Host];

    /// <summary>Packages besides those of the good system, by the name of the architecture in the repository.</summary>
    public Func<string, IEnumerable<ApkBuilder>> More { get; set; } = _ => [];

    /// <summary>Changes an index before it is signed.</summary>
    public Func<ApkSuite, ApkSuite> Publish { get; set; } = suite => suite;

    /// <summary>Changes files after summing and signing.</summary>
    public Action<ApkArchiveBuilder> Spoil { get; set; } = _ => { };

    /// <summary>Changes what the server does, when all is there.</summary>
    public Action<StaticServer> Serve { get; set; } = _ => { };

    /// <inheritdoc/>
    public StaticServer Server => _server;

    /// <summary>The path of a file of the repository.</summary>
    public static string PathOf(string file, Architecture? architecture = null) =>
        $"{Branch}/{(architecture ?? Architecture.Host).Apk}/{file}";

    /// <summary>The path of the index.</summary>
    public static string IndexOf(Architecture? architecture = null) => PathOf("APKINDEX.tar.gz", architecture);

    /// <inheritdoc/>
    public Task<string> WriteToAsync(TempDirectory directory)
    {
        ApkArchiveBuilder archive = new(Signer);
        foreach (string architecture in Architectures.Select(architecture => architecture.Apk!))
        {
            archive.Add(Publish(new ApkSuite(Branch)
            {
                Architecture = architecture,
                Packages = [.. TinyAlpine.Packages(architecture), .. More(architecture)],
            }));
        }

        Spoil(archive);
        archive.AddTo(_server);
        Serve(_server);
        directory.Write($"profile/{Pinned.Name}", File.ReadAllBytes(Pinned.PublicFile));
        return Task.FromResult(directory.Write("profile/tiny.yaml", $"""
            title: Tiny
            distribution: tiny
            version: "1"
            family: apk
            suite: v1
            architectures: [{string.Join(", ", Architectures)}]
            archives:
              main:
                mirrors: [{_server.Address}]
            pockets:
              main:
                suite: {Branch}
            keys:
              - fingerprint: {Pinned.Fingerprint}
                file: {Pinned.Name}
            packages:
              include: [service]
            image:
              cmd: [/bin/sh]
              env:
                PATH: /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            seal:
              imageMirrors:
                main: http://archive.example/
            variants:
              minirootfs:
                packages:
                  scripts: none
            """));
    }

    public void Dispose() => _server.Dispose();
}
