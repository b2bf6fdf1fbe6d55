using System.Security.Cryptography;
using RootfsImporter.IntegrationTests;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

[assembly: AssemblyFixture(typeof(AlpineMirror))]

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// A signed mirror of real Alpine packages, made of official minirootfs tarballs by a program beside them and served on
/// the loopback. Where that material (see SharedAlpine) is not here, tests on it say what they left out;
/// TinyAlpineTests have packages of their own.
/// </summary>
public sealed class AlpineMirror : IDisposable
{
    private const string KeyName = "test.rsa.pub";
    private readonly TempDirectory _directory = new();
    private readonly StaticServer _server = new();
    private readonly Lazy<Task> _made;

    public AlpineMirror() => _made = new Lazy<Task>(MakeAsync);

    /// <summary>The mirror's address, with a slash.</summary>
    internal Uri Address => _server.Address;

    /// <summary>The public key that it is signed with.</summary>
    internal string KeyFile => _directory[$"mirror/keys/{KeyName}"];

    private static string Program => MaterialFile("make-alpine-mirror");

    /// <summary>
    /// Whether the material is here; makes the mirror if so, else leaves a warning that the test proved nothing.
    /// </summary>
    internal async Task<bool> IsReadyAsync()
    {
        if (SharedAlpine.Directory is null)
        {
            TestContext.Current.AddWarning(SharedAlpine.Reason);
            return false;
        }

        Requirement.Program("python3").OrSkip();
        Requirement.Program("openssl").OrSkip();
        await _made.Value;
        return true;
    }

    /// <summary>A file of the material.</summary>
    internal static string MaterialFile(string name) =>
        SharedAlpine.File(name) ?? throw new InvalidOperationException(SharedAlpine.Reason);

    /// <summary>The listing of the real minirootfs.</summary>
    internal string Expected(string version, string architecture) =>
        File.ReadAllText(_directory[$"mirror/expected/{version}-{architecture}.list"]);

    /// <summary>The same listing of a tarball or directory.</summary>
    internal static Task<string> ListAsync(string tree) => Host.RunAsync("python3", [Program, "--list", tree]);

    /// <summary>A shipped profile with this mirror and its key in the place of Alpine's, for a branch.</summary>
    internal Profile Profile(string branch)
    {
        Profile shipped = ProfileLoader.Load("alpine-3.20", null, [Host.Distros]);
        return shipped with
        {
            Name = $"alpine-{branch[1..]}",
            Suite = branch,
            Archives = new Dictionary<string, Archive>
            {
                ["main"] = shipped.Archives["main"] with { Mirrors = [Address] },
            },
            Pockets =
            [
                .. shipped.Pockets.Select(pocket => pocket with
                {
                    Suite = pocket.Suite.Replace(shipped.Suite, branch, StringComparison.Ordinal),
                }),
            ],
            Keys = [new PinnedKey(FingerprintOf(KeyFile), KeyFile)],
            Seal = shipped.Seal with
            {
                ImageMirrors = new Dictionary<string, Uri> { ["main"] = shipped.Archives["main"].Mirrors[0] },
            },
        };
    }

    /// <summary>
    /// Writes a profile that takes the release 3.20 from this mirror, with its key beside it; returns its path.
    /// </summary>
    internal string WriteProfile(TempDirectory directory)
    {
        Profile shipped = Profile("v3.20");
        PinnedKey key = shipped.Keys[0];
        directory.Write($"profile/{KeyName}", File.ReadAllBytes(key.Path));
        return directory.Write("profile/test.yaml", $"""
            extends: alpine-3.20
            archives:
              main:
                mirrors: [{Address}]
            keys:
              - fingerprint: {key.Fingerprint}
                file: {KeyName}
            seal:
              imageMirrors:
                main: {shipped.Seal.ImageMirrors["main"]}
            """);
    }

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
    }

    internal static string FingerprintOf(string keyFile)
    {
        using RSA key = RSA.Create();
        key.ImportFromPem(File.ReadAllText(keyFile));
        return "SHA256:" + Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    private async Task MakeAsync()
    {
        string mirror = _directory["mirror"];
        await Host.RunAsync(
            "python3",
            [
                Program, "-o", mirror, "--key", _directory["test.rsa"], "--release-package", "--community",
                .. Directory.GetFiles(SharedAlpine.Directory!, "alpine-minirootfs-*.tar.gz").Order(StringComparer.Ordinal),
            ]);
        foreach (string file in Directory.EnumerateFiles(mirror, "*", SearchOption.AllDirectories))
        {
            _server.Add(Path.GetRelativePath(mirror, file), await File.ReadAllBytesAsync(file));
        }
    }
}
