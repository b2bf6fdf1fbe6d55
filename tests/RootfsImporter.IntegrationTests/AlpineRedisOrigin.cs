using System.Text.RegularExpressions;
using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// The example <c>alpine-redis</c> as it is written, on the release that there is a mirror of. The repository
/// <c>community</c>, in which Alpine has Redis, is one of our own with a key of its own; it is served on the loopback.
/// </summary>
internal sealed partial class AlpineRedisOrigin : IDisposable
{
    private const int Executable = 0x1ED;
    private readonly AlpineOrigin _release;
    private readonly StaticServer _community = new();
    private readonly ApkKey _key = new("redis@example.org-1.rsa.pub");

    private AlpineRedisOrigin(AlpineOrigin release, MuslRedis redis)
    {
        _release = release;
        Redis = redis;
    }

    /// <summary>The example's path.</summary>
    public string Profile { get; private set; } = "";

    /// <summary>
    /// The path of what it stands on: of Alpine a profile that knows nothing of our repository, so that the base is the
    /// image that everybody else has.
    /// </summary>
    public string Base { get; private set; } = "";

    /// <summary>Whether the base is Alpine.</summary>
    public bool IsReal => _release.IsReal;

    /// <summary>What is in the package.</summary>
    public MuslRedis Redis { get; }

    private static string Apk => Architecture.Host.Apk!;

    private static string CLibrary => $"so:libc.musl-{Apk}.so.1";

    /// <summary>Compiles Redis, serves its package and writes the profiles into a directory.</summary>
    public static async Task<AlpineRedisOrigin> CreateAsync(AlpineMirror mirror, ApkSystem system, TempDirectory directory)
    {
        MuslRedis redis = await MuslRedis.CompileAsync();
        AlpineRedisOrigin origin = new(await AlpineOrigin.CreateAsync(mirror, system, directory), redis);
        try
        {
            origin.WriteProfiles(directory);
            return origin;
        }
        catch
        {
            origin.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _release.Dispose();
        _community.Dispose();
        _key.Dispose();
    }

    private void WriteProfiles(TempDirectory directory)
    {
        Profile release = ProfileLoader.Load(_release.Profile, null, [Host.Distros]);
        string suite = $"{release.Suite}/community";
        new ApkArchiveBuilder(_key)
            .Add(new ApkSuite(suite) { Architecture = Apk, Packages = IsReal ? [Package()] : [Package(), StandIn()] })
            .AddTo(_community);
        directory.Write($"profile/{_key.Name}", File.ReadAllBytes(_key.PublicFile));
        string withCommunity = directory.Write("profile/base.yaml", $"""
            extends: {_release.Profile}
            archives:
              community:
                mirrors: [{_community.Address}]
            pockets:
              community:
                suite: {suite}
                archive: community
            keys+:
              - fingerprint: {_key.Fingerprint}
                file: {_key.Name}
            seal:
              imageMirrors:
                community: {release.Seal.ImageMirrors["main"]}
            """);
        Base = IsReal ? _release.Profile : withCommunity;
        Profile = CopyExample(directory, withCommunity);
    }

    /// <summary>The example with its files; of its lines only the one that names the base is another.</summary>
    private static string CopyExample(TempDirectory directory, string onto)
    {
        string examples = Path.Combine(Host.Distros, "examples");
        string text = File.ReadAllText(Path.Combine(examples, "alpine-redis.yaml"));
        Assert.Single(BaseLine().Matches(text));
        directory.Write("profile/redis/redis.conf", File.ReadAllBytes(Path.Combine(examples, "redis/redis.conf")));
        return directory.Write("profile/alpine-redis.yaml", BaseLine().Replace(text, $"base: {onto}"));
    }

    /// <summary>What Alpine's package of Redis has and does.</summary>
    private ApkBuilder Package()
    {
        string version = $"{Redis.Version}-r0";
        return new ApkBuilder("redis", version, Apk)
            .Field("pkgdesc", "Advanced key-value store").Field("url", "https://redis.io/").Field("license", "BSD-3-Clause")
            .Depends("/bin/sh", CLibrary).Provides($"cmd:redis-cli={version}", $"cmd:redis-server={version}")
            .Script(
                "pre-install",
                "addgroup -S redis\nadduser -S -D -H -h /var/lib/redis -s /sbin/nologin -G redis -g redis redis")
            .Entry(new TarBytesEntry("etc/redis.conf", '0') { Content = Redis.Settings, Mode = 0x1A0, GroupName = "redis" })
            .Entry(new TarBytesEntry("usr/bin/redis-cli", '0') { Content = Redis.Client, Mode = Executable })
            .Entry(new TarBytesEntry("usr/bin/redis-server", '0') { Content = Redis.Server, Mode = Executable })
            .Directory("var/lib/redis", 0x1E8, user: "redis", group: "redis");
    }

    /// <summary>
    /// What our own system lacks of Alpine's: musl, of the host, and three commands that busybox there has, as far as
    /// package and example use them.
    /// </summary>
    private static ApkBuilder StandIn() => new ApkBuilder("musl", "1.0-r0", Apk)
        .Depends("/bin/sh").Provides($"{CLibrary}=1")
        .Entry(new TarBytesEntry($"lib/ld-musl-{Apk}.so.1", '0')
        {
            Content = File.ReadAllBytes($"/lib/ld-musl-{Apk}.so.1"),
            Mode = Executable,
        })
        .File("usr/sbin/addgroup", "#!/bin/sh\necho \"$2:x:101:\" >> /etc/group\n", Executable)
        .File(
            "usr/sbin/adduser", "#!/bin/sh\necho \"redis:x:100:101:redis:/var/lib/redis:/sbin/nologin\" >> /etc/passwd\n",
            Executable)
        .File(
            "usr/bin/install",
            "#!/bin/sh\nset -e\nbusybox mkdir \"$8\"\nbusybox chown \"$3:$5\" \"$8\"\nbusybox chmod \"$7\" \"$8\"\n",
            Executable);

    [GeneratedRegex(@"^base: alpine-[0-9.]+$", RegexOptions.Multiline)]
    private static partial Regex BaseLine();
}
