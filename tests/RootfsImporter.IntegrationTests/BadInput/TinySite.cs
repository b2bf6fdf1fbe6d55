using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// One signed archive of the tiny system, served on the loopback, and the profile that builds it. As it is made it is
/// good; a test changes one thing and serves it.
/// </summary>
internal sealed class TinySite : ITestSite
{
    /// <summary>A key signs one text at a time, and tests share one.</summary>
    private static readonly SemaphoreSlim Signing = new(1);

    private readonly StaticServer _server = new();

    /// <summary>Who signs.</summary>
    public required OpenPgpKey Signer { get; set; }

    /// <summary>Whether there is a signature at all.</summary>
    public bool IsSigned { get; set; } = true;

    /// <summary>The key that the profile pins.</summary>
    public required OpenPgpKey Pinned { get; set; }

    public required List<DebBuilder> Packages { get; init; }

    /// <summary>Changes what the Release says.</summary>
    public Func<AptPocket, AptPocket> Publish { get; set; } = pocket => pocket;

    /// <summary>Changes files after hashing and signing.</summary>
    public Action<AptArchiveBuilder> Spoil { get; set; } = _ => { };

    /// <summary>Changes the profile's text.</summary>
    public Func<string, string> Profile { get; set; } = text => text;

    /// <summary>A profile that is built in place of the tiny one, and may name that as <c>./tiny.yaml</c>; null: none.</summary>
    public string? OnTop { get; set; }

    /// <summary>Changes what the server does, when all is there.</summary>
    public Action<StaticServer> Serve { get; set; } = _ => { };

    /// <inheritdoc/>
    public StaticServer Server => _server;

    public static string Suite => "dists/testing/";

    /// <summary>The index, which is the only one so that a defect in it cannot be stepped around.</summary>
    public static string Index => $"{Suite}main/binary-{Architecture.Host.Deb}/Packages";

    public static async Task<TinySite> CreateAsync(OpenPgpKey key) =>
        new() { Signer = key, Pinned = key, Packages = [.. await TinySystem.PackagesAsync()] };

    /// <inheritdoc/>
    public async Task<string> WriteToAsync(TempDirectory directory)
    {
        AptArchiveBuilder archive = new AptArchiveBuilder(Signer).Add(Publish(new AptPocket("testing")
        {
            Architectures = [Architecture.Host.Deb],
            Packages = Packages,
            IndexCompressions = [""],
            HasByHash = false,
            HasInRelease = IsSigned,
        }));
        Spoil(archive);
        await Signing.WaitAsync();
        try
        {
            await archive.AddToAsync(_server, CancellationToken.None);
        }
        finally
        {
            Signing.Release();
        }

        if (!IsSigned)
        {
            _server.Remove(Suite + "Release.gpg");
        }

        Serve(_server);
        directory.Write("profile/key.asc", File.ReadAllBytes(Pinned.ArmoredFile));
        string profile = directory.Write("profile/tiny.yaml", Profile($"""
            title: Testing OS
            distribution: testing-os
            version: "1"
            family: deb
            suite: testing
            architectures: [{Architecture.Host.Deb}]
            archives:
              main:
                mirrors: [{_server.Address}]
            pockets:
              release:
                suite: testing
            components: [main]
            keys:
              - fingerprint: {Pinned.Fingerprint}
                file: key.asc
            packages:
              essential: true
            image:
              cmd: [sh]
            seal:
              imageMirrors:
                main: http://archive.example/
            """));
        return OnTop is null ? profile : directory.Write("profile/derived.yaml", OnTop);
    }

    public void Dispose() => _server.Dispose();
}
