using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using RootfsImporter.Net;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// Redis as Alpine has it, linked against musl: compiled from the upstream source that Debian's archive holds, which apt
/// verifies. Programs are kept in the tests' cache, by the checksum of the source.
/// </summary>
/// <param name="Version">Of the source: <c>7.0.15</c>.</param>
/// <param name="Directory">Where the programs and the settings that come with them are.</param>
internal sealed partial record MuslRedis(string Version, string Directory)
{
    /// <summary>Files that are taken, below the directory of the source.</summary>
    private static readonly string[] Files = ["src/redis-server", "src/redis-cli", "redis.conf"];

    /// <summary>As Alpine's own but for TLS, which musl-gcc has no library for; compiled quickly rather than well.</summary>
    private static readonly string[] Options =
        ["MALLOC=libc", "BUILD_TLS=no", "USE_SYSTEMD=no", "CC=musl-gcc", "OPTIMIZATION=-O1", "DEBUG="];

    public byte[] Server => Read("redis-server");

    public byte[] Client => Read("redis-cli");

    public byte[] Settings => Read("redis.conf");

    /// <summary>Compiles the newest of Debian 12, unless the cache has it.</summary>
    public static async Task<MuslRedis> CompileAsync()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        foreach (string program in (string[])["apt-get", "gpg", "make", "musl-gcc", "strip", "tar"])
        {
            Requirement.Program(program).OrSkip();
        }

        using TempDirectory directory = new();
        Dictionary<string, string> apt = await WriteAptAsync(directory);
        await AptAsync("update");
        Match source = SourceLine().Match(await AptAsync("source", "--print-uris", "--only-source", "redis"));
        Assert.True(source.Success, "the archive has no upstream source of redis with a SHA-256");
        MuslRedis redis = new(source.Groups["version"].Value, PlaceOf(source));
        if (!System.IO.Directory.Exists(redis.Directory))
        {
            await AptAsync("source", "--download-only", "--only-source", "redis");
            await redis.MakeAsync(directory, directory[source.Groups["file"].Value]);
        }

        return redis;

        Task<string> AptAsync(params string[] arguments) =>
            Host.RunAsync("apt-get", ["--quiet", .. arguments], apt, directory.FullPath);
    }

    /// <summary>Another source, or other options, go to another place.</summary>
    private static string PlaceOf(Match source)
    {
        string made = string.Join(' ', [source.Groups["sum"].Value, Architecture.Host.Apk!, .. Options]);
        string sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)))[..16];
        return Path.Combine(Host.Cache, "redis", $"{source.Groups["version"].Value}-{sum}");
    }

    /// <summary>Settings of apt that leave the host's own alone, with the pinned keys; the environment for it.</summary>
    private static async Task<Dictionary<string, string>> WriteAptAsync(TempDirectory directory)
    {
        Profile debian = ProfileLoader.Load("debian-12", null, [Host.Distros]);
        IReadOnlyDictionary<string, ArchiveMirrors> mirrors = await MirrorResolver.ResolveAsync(
            new MirrorRequest { Profile = debian, Architecture = Architecture.Host },
            TestContext.Current.CancellationToken);
        string keyring = await Keyrings.WriteAsync(debian, directory.FullPath);
        string sources = directory.Write("sources.list", string.Concat(debian.Pockets.Select(pocket =>
            $"deb-src [signed-by={keyring}] {mirrors[pocket.Archive].InOrder[0]} {pocket.Suite} main\n")));
        foreach (string place in (string[])["state/lists/partial", "cache/archives/partial"])
        {
            System.IO.Directory.CreateDirectory(directory[place]);
        }

        string settings = directory.Write("apt.conf", $"""
            Dir::Etc::SourceList "{sources}";
            Dir::Etc::SourceParts "/dev/null";
            Dir::Etc::Preferences "/dev/null";
            Dir::Etc::PreferencesParts "/dev/null";
            Dir::State "{directory["state"]}";
            Dir::State::status "/dev/null";
            Dir::Cache "{directory["cache"]}";
            Acquire::Languages "none";
            APT::Sandbox::User "root";
            """);
        return new Dictionary<string, string> { ["APT_CONFIG"] = settings };
    }

    /// <summary>Compiles the two programs; the cache gets all of the files or none.</summary>
    private async Task MakeAsync(TempDirectory directory, string archive)
    {
        Stopwatch watch = Stopwatch.StartNew();
        string tree = directory["tree"];
        System.IO.Directory.CreateDirectory(tree);
        await Host.RunAsync("tar", ["-C", tree, "--strip-components=1", "-xzf", archive]);
        await Host.RunAsync(
            "make", ["-C", Path.Combine(tree, "src"), "-j2", .. Options, "redis-server", "redis-cli"],
            new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1700000000" });
        string made = System.IO.Directory.CreateDirectory($"{Directory}.{Path.GetFileName(directory.FullPath)}").FullName;
        foreach (string file in Files)
        {
            File.Copy(Path.Combine(tree, file), Path.Combine(made, Path.GetFileName(file)));
        }

        await Host.RunAsync("strip", [Path.Combine(made, "redis-server"), Path.Combine(made, "redis-cli")]);
        System.IO.Directory.Move(made, Directory);
        TestContext.Current.SendDiagnosticMessage($"Redis {Version} compiled in {watch.Elapsed.TotalSeconds:f1} s");
    }

    private byte[] Read(string file) => File.ReadAllBytes(Path.Combine(Directory, file));

    /// <summary>As apt-get(8) has it: address, name of the file, size, checksum.</summary>
    [GeneratedRegex(
        @"^'\S+' (?<file>redis_(?<version>[0-9.]+)\.orig\.tar\.gz) \d+ SHA256:(?<sum>[0-9a-f]{64})$",
        RegexOptions.Multiline)]
    private static partial Regex SourceLine();
}
