using RootfsImporter.Cli;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;
using RootfsImporter.Tests.Cli;

namespace RootfsImporter.Tests.Profiles;

/// <summary>The examples that come with the tool.</summary>
public sealed class ShippedExamplesTests
{
    private static readonly string Examples = Path.Combine(ShippedProfilesTests.Distros, "examples");
    private static readonly string[] Directories = [ShippedProfilesTests.Distros, Examples];

    public static TheoryData<string, string> Bases => new()
    {
        { "alpine-redis", "alpine-3.24" },
        { "debian-company", "debian-13-slim" },
        { "debian-company-web", "debian-company" },
        { "debian-redis", "debian-13-slim" },
        { "ubuntu-24.04-builder", "ubuntu-24.04" },
    };

    [Fact]
    public void All_are_listed() => Assert.Equal(
        Bases.Select(row => row.Data.Item1), ProfileLoader.List([Examples, .. Directories]).Where(IsExample).Select(p => p.Name));

    [Theory]
    [MemberData(nameof(Bases))]
    public void Each_stands_on_a_distribution_and_says_what_it_is_for(string name, string expected)
    {
        Profile profile = ProfileLoader.Load(name, null, Directories);
        Profile under = profile.Base!.Profile!;

        Assert.Equal(expected, under.Variant is null ? under.Name : $"{under.Name}-{under.Variant}");
        Assert.NotEqual(under.Title, profile.Title);
        Assert.False(profile.Packages.Essential);
        Assert.NotEmpty(profile.Packages.Include);
        Assert.Equal(under.Keys.Select(key => key.Path), profile.Keys.Select(key => key.Path));
        Assert.StartsWith("# ", File.ReadAllText(Path.Combine(Examples, $"{name}.yaml")), StringComparison.Ordinal);
        Assert.Contains($"\n| `{name}` |", File.ReadAllText(Path.Combine(Examples, "README.md")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Bases))]
    public void Each_loads_again_from_what_is_printed(string name, string expected)
    {
        _ = expected;
        using TempDirectory copy = new();
        Copy(ShippedProfilesTests.Distros, copy.FullPath);
        string examples = copy["examples"];
        string text = ProfileWriter.Write(ProfileLoader.Load(name, null, [copy.FullPath, examples]), examples);
        File.WriteAllText(Path.Combine(examples, "printed.yaml"), text);

        string again = ProfileWriter.Write(ProfileLoader.Load("printed", null, [copy.FullPath, examples]), examples);

        Assert.Equal(text[text.IndexOf('\n')..], again[again.IndexOf('\n')..]);
    }

    [Fact]
    public void The_redis_images_differ_in_nothing_but_where_the_distribution_keeps_things()
    {
        Profile alpine = ProfileLoader.Load("alpine-redis", null, Directories);
        Profile debian = ProfileLoader.Load("debian-redis", null, Directories);

        Assert.Equal(alpine.Run, debian.Run);
        Assert.Equal(alpine.Files.Single().Source, debian.Files.Single().Source);
        Assert.Equal(
            ("redis", "/data", "/data", "6379/tcp"),
            (alpine.Image.User, alpine.Image.WorkingDir, alpine.Image.Volumes.Single(), alpine.Image.ExposedPorts.Single()));
        foreach (Profile profile in (Profile[])[alpine, debian])
        {
            Assert.Equal(["redis-server", profile.Files.Single().Target], profile.Image.Entrypoint);
        }

        Assert.Contains("/usr/share/man/*", debian.Seal.PathExclude);
    }

    [Fact]
    public void The_builder_takes_packages_of_universe_and_leaves_the_base_as_it_is()
    {
        Profile builder = ProfileLoader.Load("ubuntu-24.04-builder", null, Directories);

        Assert.Equal(["main", "universe"], builder.Components);
        Assert.Equal(["main"], builder.Base!.Profile!.Components);
    }

    [Fact]
    public async Task They_are_found_by_name_beside_the_program()
    {
        string[] shipped = [.. new CommonOptions(new Dictionary<string, string>(), false, false).ProfileDirectories()];
        CliRun table = await CliRun.RunAsync(["profiles"]);

        Assert.Equal(["distros", "examples"], shipped.Take(2).Select(Path.GetFileName));
        Assert.Equal("debian-redis", ProfileLoader.Load("debian-redis", null, shipped).Name);
        Assert.Contains("\ndebian-redis ", table.Output, StringComparison.Ordinal);
    }

    private static bool IsExample(Profile profile) => profile.Base is not null;

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
