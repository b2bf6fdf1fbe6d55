using System.Text;
using System.Text.Json;
using RootfsImporter.Oci;
using RootfsImporter.Scratch;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Targets;

namespace RootfsImporter.Tests;

/// <summary>Minimal images of ELF files that hold no code, from a root in a directory.</summary>
public sealed class ScratchMakerTests : IDisposable
{
    private const long LibraryTime = 1_500_000_000;
    private const long ProgramTime = 1_600_000_000;
    private static readonly UnixFileMode Executable = (UnixFileMode)0x1ED;
    private readonly TempDirectory _temp = new();
    private readonly RecordedEvents _events = new();

    public ScratchMakerTests()
    {
        Put("root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", ElfBuilder.Library("ld-linux-x86-64.so.2"), LibraryTime);
        Put("root/usr/lib/x86_64-linux-gnu/libc.so.6", ElfBuilder.Library("libc.so.6", "ld-linux-x86-64.so.2"), LibraryTime);
        File.CreateSymbolicLink(_temp["root/lib64"], "usr/lib/x86_64-linux-gnu");
        File.CreateSymbolicLink(_temp["root/lib"], "usr/lib");
        Put("work/app", ElfBuilder.Program("libc.so.6"), ProgramTime);
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_file_of_the_working_directory_takes_its_libraries_out_of_the_root()
    {
        ScratchResult result = await MakeAsync(Request("./app"));

        Assert.Equal(
            [
                "/app", "/lib64", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/libc.so.6",
            ],
            result.Files.Select(file => file.Path.ToString()).Where(path => path != "/lib"));
        Assert.Equal(["/app"], result.Entrypoint);
        Assert.Equal("amd64", result.Architecture.Deb);
        Assert.Equal([], ImageValidator.Validate(_temp["images"]));
        JsonElement config = Config(result);
        Assert.Equal("/app", config.GetProperty("config").GetProperty("Entrypoint")[0].GetString());
        Assert.Equal("rootfs-importer scratch", config.GetProperty("history")[0].GetProperty("created_by").GetString());
    }

    [Fact]
    public async Task The_newest_file_dates_the_image_unless_a_date_is_given()
    {
        Assert.Equal(ProgramTime, (await MakeAsync(Request("./app"))).SourceDateEpoch);
        Assert.Equal(1_550_000_000, (await MakeAsync(Request("./app") with { SourceDateEpoch = 1_550_000_000 })).SourceDateEpoch);
    }

    [Fact]
    public async Task The_same_files_elsewhere_give_the_same_digest_and_other_content_another()
    {
        ScratchResult first = await MakeAsync(Request("./app"));
        Put("elsewhere/app", ElfBuilder.Program("libc.so.6"), ProgramTime);
        ScratchResult same = await MakeAsync(Request("./app") with { WorkingDirectory = _temp["elsewhere"] });
        Put("elsewhere/app", [.. ElfBuilder.Program("libc.so.6"), 0], ProgramTime);
        ScratchResult other = await MakeAsync(Request("./app") with { WorkingDirectory = _temp["elsewhere"] });

        Assert.Equal(first.Images.Root.Digest, same.Images.Root.Digest);
        Assert.NotEqual(first.Images.Root.Digest, other.Images.Root.Digest);
    }

    [Fact]
    public async Task A_command_and_an_absolute_path_are_of_the_root_and_stay_where_they_are()
    {
        Put("root/usr/sbin/daemon", ElfBuilder.Program("libc.so.6"), ProgramTime);
        Put("root/srv/data", "1"u8, ProgramTime);

        ScratchResult result = await MakeAsync(Request("daemon", "/srv/data", "./app:/usr/local/bin/"));

        Assert.Equal(["/usr/sbin/daemon"], result.Entrypoint);
        Assert.Superset(
            new HashSet<string> { "/usr/sbin/daemon", "/srv/data", "/usr/local/bin/app" },
            result.Files.Select(file => file.Path.ToString()).ToHashSet());
    }

    [Fact]
    public async Task Users_a_place_for_temporary_files_certificates_and_zones_are_added_when_asked_for()
    {
        Put("root/usr/share/ca-certificates/mozilla/B.crt", "two\n"u8, LibraryTime);
        Put("root/usr/share/ca-certificates/mozilla/A.crt", "one"u8, LibraryTime);
        Put("root/usr/share/zoneinfo/Etc/UTC", "TZif"u8, LibraryTime);

        ScratchResult result = await MakeAsync(Request("./app") with { With = Enum.GetValues<ScratchExtra>() });

        IReadOnlyDictionary<string, (string Text, int Mode)> layer = await ReadLayerAsync(result);
        Assert.Equal("one\ntwo\n", layer["etc/ssl/certs/ca-certificates.crt"].Text);
        Assert.Contains("nonroot:x:65532:65532:", layer["etc/passwd"].Text, StringComparison.Ordinal);
        Assert.Contains("nobody:x:65534:", layer["etc/group"].Text, StringComparison.Ordinal);
        Assert.Equal(0x3FF, layer["tmp"].Mode);
        Assert.Equal(0x3FF, layer["var/tmp"].Mode);
        Assert.Equal("TZif", layer["usr/share/zoneinfo/Etc/UTC"].Text);
        Assert.Equal(
            "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
            Config(result).GetProperty("config").GetProperty("Env")[0].GetString());
        Assert.Equal(["--with passwd"], result.Files.Single(file => file.Path.Value == "etc/passwd").Reasons);
    }

    [Theory]
    [InlineData(ScratchExtra.CaCertificates, "--with ca-certificates: the root has neither")]
    [InlineData(ScratchExtra.Tzdata, "--with tzdata: the root has no /usr/share/zoneinfo")]
    public async Task What_the_root_does_not_have_is_said(ScratchExtra extra, string message)
    {
        ProfileException error = await Assert.ThrowsAsync<ProfileException>(
            () => MakeAsync(Request("./app") with { With = [extra] }));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("--from", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_user_says_of_the_image_counts()
    {
        ScratchResult result = await MakeAsync(Request("./app") with
        {
            Image = new ImageChanges { Entrypoint = ["/app", "--serve"], User = "65532", Env = ["A=1"] },
        });

        JsonElement config = Config(result).GetProperty("config");
        Assert.Equal("--serve", config.GetProperty("Entrypoint")[1].GetString());
        Assert.Equal("65532", config.GetProperty("User").GetString());
        Assert.Equal("A=1", config.GetProperty("Env")[0].GetString());
    }

    [Fact]
    public async Task Missing_libraries_are_one_error_and_nothing_is_delivered()
    {
        Put("work/app", ElfBuilder.Program("libgone.so.1", "libc.so.6", "libaway.so"), ProgramTime);

        ResolveException error = await Assert.ThrowsAsync<ResolveException>(() => MakeAsync(Request("./app")));

        Assert.StartsWith(
            $"2 libraries are missing in {_temp["root"]}:\n  libaway.so, needed by /app (looked for in /lib/x86_64-linux-gnu, ",
            error.Message, StringComparison.Ordinal);
        Assert.Contains("\n  libgone.so.1, needed by /app (", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            "install what has them, name another root with --root, or take them out of packages with --from", error.Hint);
        Assert.False(Directory.Exists(_temp["images"]));
    }

    [Theory]
    [InlineData("./none", "there is no file ./none", "name a file or directory that exists")]
    [InlineData("none", "there is no program none in ", "name a program in /usr/bin and its like, or the path of a file")]
    [InlineData("app", "there is no program app in ", "the host's own file is named with a slash: ./app")]
    public async Task A_file_that_is_not_there_is_said(string file, string message, string hint)
    {
        ProfileException error = await Assert.ThrowsAsync<ProfileException>(() => MakeAsync(Request(file)));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(hint, error.Hint);
    }

    [Fact]
    public async Task Packages_for_files_of_the_host_have_to_be_named()
    {
        ScratchRequest request = Request("./app") with
        {
            Packages = new ScratchPackages
            {
                Profile = RootfsImporter.Profiles.ProfileLoader.Load("debian-12", null, [Path.Combine(Checkout.Root, "distros")]),
                Architecture = Architecture.Parse("amd64"),
                WorkDirectory = _temp["work"],
            },
        };

        ProfileException error = await Assert.ThrowsAsync<ProfileException>(() => MakeAsync(request));

        Assert.Equal("no package is named, and all files are the host's", error.Message);
    }

    [Fact]
    public async Task A_root_that_is_none_is_said()
    {
        ProfileException error = await Assert.ThrowsAsync<ProfileException>(
            () => MakeAsync(Request("./app") with { Root = _temp["nowhere"] }));
        Assert.Equal($"the root {_temp["nowhere"]} is no directory", error.Message);
    }

    [Fact]
    public async Task Links_of_the_root_do_not_lead_out_of_it()
    {
        Put("outside/libx.so", ElfBuilder.Library("libx.so"), LibraryTime);
        File.CreateSymbolicLink(_temp["root/usr/lib/libx.so"], _temp["outside/libx.so"]);
        File.CreateSymbolicLink(_temp["root/usr/lib/liby.so"], "../../../outside/libx.so");
        Put("work/app", ElfBuilder.Program("libx.so", "liby.so"), ProgramTime);

        ResolveException error = await Assert.ThrowsAsync<ResolveException>(() => MakeAsync(Request("./app")));

        Assert.StartsWith("2 libraries are missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_with_a_name_that_no_file_can_have_is_missing()
    {
        Put("work/app", ElfBuilder.Program(new string('x', 3000)), ProgramTime);

        await Assert.ThrowsAsync<ResolveException>(() => MakeAsync(Request("./app")));
    }

    [Fact]
    public async Task A_place_that_sealing_empties_is_warned_of()
    {
        await MakeAsync(Request("./app", "./app:/run/app"));

        Assert.Contains(_events.Warnings, warning => warning.StartsWith("/run/app is not in the image: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("./app:/../x")]
    [InlineData("./app:/.")]
    public async Task A_place_outside_of_the_image_is_refused(string file) =>
        Assert.Contains("is no place for a file", (await Assert.ThrowsAsync<ProfileException>(
            () => MakeAsync(Request(file)))).Message, StringComparison.Ordinal);

    private Task<ScratchResult> MakeAsync(ScratchRequest request) =>
        ScratchMaker.MakeAsync(request, _events, TestContext.Current.CancellationToken);

    private ScratchRequest Request(params string[] files) => new()
    {
        Files =
        [
            .. files.Select(file => file.Split(':')).Select(parts => new ScratchFile(parts[0], parts.Length > 1 ? parts[1] : null)),
        ],
        WorkingDirectory = _temp["work"],
        Root = _temp["root"],
        Image = new ImageChanges(),
        Targets = [new ImageTarget(TestImage.Target(_temp, "oci:images"), LayerCompression.None)],
        CacheDirectory = _temp["cache"],
    };

    private void Put(string path, ReadOnlySpan<byte> content, long time)
    {
        string file = _temp.Write(path, content);
        File.SetUnixFileMode(file, Executable);
        File.SetLastWriteTimeUtc(file, DateTimeOffset.FromUnixTimeSeconds(time).UtcDateTime);
    }

    private static JsonElement Config(ScratchResult result)
    {
        using JsonDocument config = JsonDocument.Parse(result.Images.Images[0].Config);
        return config.RootElement.Clone();
    }

    private static async Task<IReadOnlyDictionary<string, (string Text, int Mode)>> ReadLayerAsync(ScratchResult result)
    {
        await using Stream blob = await result.Images.Images[0].Layers[0].Content.OpenAsync(TestContext.Current.CancellationToken);
        await using System.Formats.Tar.TarReader reader = new(blob);
        Dictionary<string, (string, int)> entries = [];
        while (await reader.GetNextEntryAsync(copyData: true, TestContext.Current.CancellationToken) is { } entry)
        {
            using StreamReader? text = entry.DataStream is null ? null : new StreamReader(entry.DataStream, Encoding.Latin1);
            string content = text is null ? "" : await text.ReadToEndAsync(TestContext.Current.CancellationToken);
            entries[entry.Name.TrimStart('.', '/').TrimEnd('/')] = (content, (int)entry.Mode);
        }

        return entries;
    }
}
