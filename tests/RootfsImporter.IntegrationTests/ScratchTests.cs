using System.Text.Json;
using System.Text.RegularExpressions;
using RootfsImporter.Linux;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Scratch;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Minimal images of real programs, made by the program as users start it, and run in Docker.</summary>
public sealed partial class ScratchTests : IDisposable
{
    private const string Name = "rootfs-importer-test-scratch";
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_static_program_runs_and_gets_nothing_added()
    {
        await CompileAsync("app", "#include <stdio.h>\nint main(){puts(\"static\");}", "-static");

        using JsonDocument made = await MakeAsync("static", "./app");

        Assert.Equal(["/app"], Paths(made));
        Assert.Equal("static\n", await RunAsync("static"));
    }

    [Fact]
    public async Task A_program_with_TLS_and_plugins_runs_as_a_user_of_its_own_with_what_ldd_lists()
    {
        await CompilePluginsAsync();

        using JsonDocument made = await MakeAsync(
            "tls", "./bin/tls", "./bin/plugins", "--with", "passwd,tmp,ca-certificates", "--user", "nonroot");

        Assert.Equal("context 1, linked 42, loaded 2.0, certificates 1, tmp 1, uid 65532\n", await RunAsync("tls"));
        string[] libraries = [.. await LddAsync("bin/tls"), .. await LddAsync("bin/plugins/libloaded.so")];
        Assert.Equal(
            libraries.Distinct().Order(StringComparer.Ordinal),
            Paths(made).Where(path => path.Contains(".so", StringComparison.Ordinal) && !path.EndsWith("libloaded.so", StringComparison.Ordinal))
                .Where(path => KindOf(made, path) == "file").Select(FileNameOf).Order(StringComparer.Ordinal));
        Assert.Contains("needed by /usr/lib", WhyOf(made, "libcrypto.so.3"), StringComparison.Ordinal);
        Assert.Contains("needed by /plugins/libloaded.so", WhyOf(made, "libm.so.6"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_that_only_the_settings_of_another_root_lead_to_is_found_in_the_image()
    {
        await CompileAsync("opt/vendor/libvendor.so", "int vendor(void){return 7;}", "-shared", "-fPIC");
        await CompileAsync(
            "app", "#include <stdio.h>\nint vendor(void);int main(){printf(\"vendor %d\\n\",vendor());}",
            $"-L{_directory["opt/vendor"]}", "-lvendor");
        string root = _directory["sysroot"];
        foreach (string path in (string[])["/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root + path)!);
            File.Copy(path, root + path);
        }

        Directory.CreateDirectory(root + "/opt/vendor");
        File.Copy(_directory["opt/vendor/libvendor.so"], root + "/opt/vendor/libvendor.so");
        _directory.Write("sysroot/etc/ld.so.conf", "include ld.so.conf.d/*.conf\n");
        _directory.Write("sysroot/etc/ld.so.conf.d/vendor.conf", "/opt/vendor\n");

        using JsonDocument made = await MakeAsync("vendor", "./app", "--root", root);

        Assert.Equal("vendor 7\n", await RunAsync("vendor"));
        Assert.Contains("/etc/ld.so.cache", Paths(made));
    }

    [Fact]
    public async Task Redis_comes_out_of_the_packages_of_Debian_as_the_example_has_it()
    {
        Requirement.Root.OrSkip();
        Requirement.Network.OrSkip();
        Requirement.Docker.OrSkip();

        using JsonDocument made = JsonDocument.Parse(await Host.RunAsync(
            Path.Combine(Host.Repository, "distros/examples/scratch-redis.sh"), Delivery("redis"),
            new Dictionary<string, string> { ["ROOTFS_IMPORTER"] = Host.Tool }, _directory.FullPath));

        await RequireServesAsync("redis");
        Assert.StartsWith("Redis server v=7.0.", await RunAsync("redis", "--version"), StringComparison.Ordinal);
        Assert.Contains("redis-server", made.RootElement.GetProperty("packages").EnumerateArray()
            .Select(package => package.GetProperty("name").GetString()));
        Assert.DoesNotContain("/bin/sh", Paths(made));
    }

    [Fact]
    public async Task A_program_comes_out_of_packages_of_Alpine_and_none_of_their_scripts_runs()
    {
        using TinyAlpine archive = new();
        ITarget target = TargetParser.Parse("oci:images", Defaults());
        ScratchResult result = await ScratchMaker.MakeAsync(
            new ScratchRequest
            {
                Files = [new ScratchFile("busybox")],
                WorkingDirectory = _directory.FullPath,
                Packages = new ScratchPackages
                {
                    Profile = archive.Profile(PackageScripts.Run),
                    Architecture = Architecture.Host,
                    WorkDirectory = _directory.FullPath,
                },
                Image = new ImageChanges(),
                Targets = [new ImageTarget(target, LayerCompression.Gzip)],
                CacheDirectory = _directory["cache"],
            },
            new RecordedEvents(),
            TestContext.Current.CancellationToken);

        Assert.Equal(["/bin/busybox"], result.Entrypoint);
        Assert.Equal(["/bin/busybox"], result.Files.Select(file => file.Path.ToString()));
        Assert.Equal([], ImageValidator.Validate(_directory["images"]));
    }

    [Fact]
    public async Task The_same_files_give_one_digest_in_every_directory_and_at_every_time()
    {
        await CompilePluginsAsync();
        string first = await DigestAsync(_directory["bin"], "a");
        using TempDirectory other = new();
        await Host.RunAsync("cp", ["--recursive", "--preserve=mode,timestamps", _directory["bin"], other["moved"]]);
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);

        Assert.Equal(first, await DigestAsync(_directory["bin"], "b"));
        Assert.Equal(first, await DigestAsync(other["moved"], "c"));
    }

    [Fact]
    public async Task A_missing_library_is_named_with_who_needs_it_and_where_it_was_looked_for()
    {
        await CompileAsync("libgone.so.1", "int gone(void){return 1;}", "-shared", "-fPIC", "-Wl,-soname,libgone.so.1");
        await CompileAsync("app", "int gone(void);int main(){return gone();}", _directory["libgone.so.1"]);
        File.Delete(_directory["libgone.so.1"]);

        ChildResult result = await TryAsync("./app", "--to", "oci:none");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("a library is missing:\n  libgone.so.1, needed by /app (looked for in ", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("hint: install what has them, name another root with --root, or", result.ErrorOutput, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["none"]));
    }

    private async Task CompilePluginsAsync()
    {
        await CompileAsync("bin/plugins/liblinked.so", "int linked(void){return 42;}", "-shared", "-fPIC");
        await CompileAsync(
            "bin/plugins/libloaded.so", "#include <math.h>\ndouble loaded(double x){return sqrt(x);}", "-shared", "-fPIC",
            "-fno-builtin", "-lm");
        await CompileAsync(
            "bin/tls",
            """
            #include <dlfcn.h>
            #include <stdio.h>
            #include <unistd.h>
            #include <openssl/ssl.h>
            int linked(void);
            int main(void) {
                SSL_CTX *context = SSL_CTX_new(TLS_method());
                void *plugin = dlopen("libloaded.so", RTLD_NOW);
                double (*loaded)(double) = (double (*)(double))dlsym(plugin, "loaded");
                printf("context %d, linked %d, loaded %.1f, certificates %d, tmp %d, uid %d\n", context != NULL, linked(),
                    loaded(4), SSL_CTX_set_default_verify_paths(context) && fopen(getenv("SSL_CERT_FILE"), "r") != NULL,
                    fopen("/tmp/x", "w") != NULL, (int)getuid());
            }
            """,
            $"-L{_directory["bin/plugins"]}", "-llinked", "-lssl", "-Wl,-rpath,$ORIGIN/plugins", "-Wl,--enable-new-dtags");
    }

    /// <summary>Compiles a file of C to a path in the directory.</summary>
    private async Task CompileAsync(string path, string source, params string[] options)
    {
        Requirement.Program("gcc").OrSkip();
        Directory.CreateDirectory(Path.GetDirectoryName(_directory[path])!);
        using TempDirectory temporary = new();
        await Host.RunAsync(
            "gcc", ["-include", "stdlib.h", "-o", _directory[path], temporary.Write("source.c", source), .. options]);
    }

    private async Task<JsonDocument> MakeAsync(string tag, params string[] arguments)
    {
        Requirement.Docker.OrSkip();
        JsonDocument made = JsonDocument.Parse(await Host.RunAsync(
            Host.Tool, ["scratch", .. arguments, .. Delivery(tag)], workingDirectory: _directory.FullPath));
        Assert.Equal([], ImageValidator.Validate(_directory["images"]));
        return made;
    }

    private static string[] Delivery(string tag) =>
    [
        "--to", $"docker-daemon:{Name}:{tag}", "--to", "oci:images:x", "--cache-dir", Host.Cache, "--format", "json", "--explain",
    ];

    /// <summary>What a container of the image prints; the image is removed.</summary>
    private static async Task<string> RunAsync(string tag, params string[] arguments)
    {
        try
        {
            return await Host.RunAsync("docker", ["run", "--rm", "--network", "none", $"{Name}:{tag}", .. arguments]);
        }
        finally
        {
            await Host.RunAsync("docker", ["image", "rm", "--force", $"{Name}:{tag}"]);
        }
    }

    /// <summary>Starts a container as the image says, waits until it takes connections, and removes it.</summary>
    private static async Task RequireServesAsync(string tag)
    {
        string container = (await Host.RunAsync("docker", ["run", "--detach", "--network", "none", $"{Name}:{tag}"])).Trim();
        try
        {
            string log = "";
            for (int attempt = 0; attempt < 100 && !log.Contains("Ready to accept connections", StringComparison.Ordinal); attempt++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
                log = await Host.RunAsync("docker", ["logs", container]);
            }

            Assert.Contains("Ready to accept connections", log, StringComparison.Ordinal);
        }
        finally
        {
            await Host.RunAsync("docker", ["rm", "--force", container]);
        }
    }

    private async Task<string> DigestAsync(string directory, string tag) => await Host.RunAsync(
        Host.Tool,
        ["scratch", "./tls", "./plugins", "--quiet", "--to", $"oci:{_directory["layouts"]}:{tag}", "--cache-dir", _directory[tag]],
        workingDirectory: directory);

    private Task<ChildResult> TryAsync(params string[] arguments) => Host.TryRunAsync(
        Host.Tool, ["scratch", .. arguments, "--cache-dir", Host.Cache], workingDirectory: _directory.FullPath);

    /// <summary>The file names of libraries as ldd(1) lists them, at the end of their links.</summary>
    private async Task<IReadOnlyList<string>> LddAsync(string path) =>
    [
        .. LddPath().Matches(await Host.RunAsync("ldd", [_directory[path]]))
            .Select(match => FileNameOf(new FileInfo(match.Value).ResolveLinkTarget(true)?.FullName ?? match.Value)),
    ];

    private TargetDefaults Defaults() => new()
    {
        BaseDirectory = _directory.FullPath,
        Tag = "tiny",
        Reference = Reference.Parse("tiny:1"),
    };

    private static IReadOnlyList<string> Paths(JsonDocument made) =>
        [.. Files(made).Select(file => file.GetProperty("path").GetString()!)];

    private static string KindOf(JsonDocument made, string path) =>
        Files(made).Single(file => file.GetProperty("path").GetString() == path).GetProperty("kind").GetString()!;

    private static string WhyOf(JsonDocument made, string name) => string.Join(
        '\n',
        Files(made).Single(file => FileNameOf(file.GetProperty("path").GetString()!) == name)
            .GetProperty("why").EnumerateArray().Select(reason => reason.GetString()));

    private static JsonElement.ArrayEnumerator Files(JsonDocument made) => made.RootElement.GetProperty("files").EnumerateArray();

    private static string FileNameOf(string path) => Path.GetFileName(path);

    /// <summary>A path that begins a word: what stands behind the arrow, or the dynamic linker.</summary>
    [GeneratedRegex(@"(?<=\s)/\S+")]
    private static partial Regex LddPath();
}
