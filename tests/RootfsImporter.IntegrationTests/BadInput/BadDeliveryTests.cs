using System.Text;
using RootfsImporter.Linux;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>Places that cannot take an image, by the program, from a layout that is right.</summary>
public sealed class BadDeliveryTests(TestUser user) : IClassFixture<TestUser>, IDisposable
{
    private const int WrongOption = 2;
    private const int NotDelivered = 8;

    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Registry_that_gets_no_password()
    {
        using TestCertificate authority = new();
        await using RealRegistry registry = await StartAsync(authority);
        ToolRun run = await CopyAsync($"docker://{registry.Name}/x:1", "--ca-file", Authority(authority));
        run.IsError(NotDelivered, $"cannot deliver to docker://{registry.Name}/x:1", "401");
        Hints(run, $"docker login {registry.Name}");
        Assert.False(Directory.Exists(registry.Data));
    }

    [Fact]
    public async Task Registry_that_gets_a_wrong_password()
    {
        using TestCertificate authority = new();
        await using RealRegistry registry = await StartAsync(authority);
        ToolRun run = await CopyAsync(
            $"docker://{registry.Name}/x:1", "--ca-file", Authority(authority), "--auth-file", Credentials(registry, "wrong"));
        run.IsError(NotDelivered, $"cannot deliver to docker://{registry.Name}/x:1", "401");
        Hints(run, "auth.json");
        Assert.DoesNotContain("wrong", run.ErrorOutput, StringComparison.Ordinal);
        Assert.False(Directory.Exists(registry.Data));
    }

    [Fact]
    public async Task Registry_with_an_expired_certificate()
    {
        using TestCertificate authority = new();
        await using RealRegistry registry = await StartAsync(authority, daysLeft: -3);
        ToolRun run = await CopyAsync($"docker://{registry.Name}/x:1", "--ca-file", Authority(authority));
        run.IsError(NotDelivered, $"the certificate of 127.0.0.1 expired on {DateTime.UtcNow.AddDays(-3):yyyy-MM-dd}");
        Hints(run, "renewed");
    }

    [Fact]
    public async Task Registry_with_a_certificate_of_an_authority_that_nobody_knows()
    {
        using TestCertificate authority = new();
        await using RealRegistry registry = await StartAsync(authority);
        ToolRun run = await CopyAsync($"docker://{registry.Name}/x:1");
        run.IsError(NotDelivered, "the certificate of 127.0.0.1 is from an authority that this host does not know");
        Hints(run, "--ca-file");
    }

    [Fact]
    public async Task Registry_that_may_not_be_changed()
    {
        await using RealRegistry registry = await StartAsync(isReadOnly: true);
        ToolRun run = await CopyAsync($"docker://{registry.Name}/x:1");
        run.IsError(NotDelivered, $"cannot deliver to docker://{registry.Name}/x:1", "405");
        Assert.False(Directory.Exists(registry.Data));
    }

    [Fact]
    public async Task Registry_whose_host_is_not_known()
    {
        ToolRun run = await CopyAsync("docker://registry.invalid/x:1");
        run.IsError(NotDelivered, "cannot deliver to docker://registry.invalid/x:1", "registry.invalid");
        Hints(run, "name");
    }

    [Fact]
    public async Task Registry_that_does_not_listen()
    {
        string name;
        await using (RealRegistry registry = await StartAsync())
        {
            name = registry.Name;
        }

        ToolRun run = await CopyAsync($"docker://{name}/x:1");
        run.IsError(NotDelivered, $"cannot deliver to docker://{name}/x:1", "refuse");
    }

    [Theory]
    [InlineData("docker://127.0.0.1:5000/Upper:1")]
    [InlineData("docker://127.0.0.1:5000/x:-1")]
    [InlineData("docker://127.0.0.1:5000/x:a/b")]
    [InlineData("docker://")]
    [InlineData("oci:layout:a..b")]
    [InlineData("docker-daemon:Upper:1")]
    [InlineData("docker-archive:a.tar:Upper:1")]
    public async Task Name_or_tag_that_is_none(string target)
    {
        ToolRun run = await CopyAsync(target);
        run.IsError(WrongOption, target.Split(':')[^1]);
    }

    [Fact]
    public async Task Further_tag_that_is_none() =>
        (await CopyAsync("oci:b:x", "--additional-tag", "a b")).IsError(WrongOption, "'a b' is not a tag");

    [Theory]
    [InlineData("unix:///nowhere/docker.sock", "/nowhere/docker.sock")]
    [InlineData("tcp://127.0.0.1:1", "127.0.0.1:1")]
    public async Task Engine_that_is_not_there(string host, string expected)
    {
        ToolRun run = await RunAsync(new() { ["DOCKER_HOST"] = host }, "docker-daemon:x:1");
        run.IsError(NotDelivered, expected);
        Hints(run, "DOCKER_HOST");
    }

    [Theory]
    [InlineData("oci-archive:exists")]
    [InlineData("docker-archive:exists")]
    [InlineData("tar:exists")]
    public async Task Archive_that_exists(string target)
    {
        string file = _temp.Write("exists", "mine");
        ToolRun run = await CopyAsync(target);
        run.IsError(NotDelivered, $"cannot deliver to {target}", "exists");
        Hints(run, "--overwrite");
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Theory]
    [InlineData("oci:closed:x")]
    [InlineData("oci:closed/new:x")]
    [InlineData("dir:closed/new")]
    [InlineData("oci-archive:closed/new.tar")]
    public async Task Directory_that_may_not_be_written(string target)
    {
        await user.ReadyAsync();
        await PutAsync();
        Directory.CreateDirectory(_temp["closed"]);
        await TestUser.SettleAsync(_temp);
        File.SetUnixFileMode(_temp["closed"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ChildResult result = await TestUser.RunAsync(_temp, new Dictionary<string, string>(), "copy", "oci:from", target);
        ToolRun run = new(result);
        run.IsError(NotDelivered, $"cannot deliver to {target}", "closed");
        Hints(run, "a place that you may write to");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temp["closed"]));
    }

    private static Task<RealRegistry> StartAsync(
        TestCertificate? authority = null, int daysLeft = 30, bool isReadOnly = false)
    {
        Requirement.Program("docker-registry").OrSkip();
        return RealRegistry.StartAsync(authority, daysLeft, isReadOnly);
    }

    private static void Hints(ToolRun run, string part) => Assert.Contains(
        part,
        run.ErrorOutput.Split('\n').Single(line => line.StartsWith("hint: ", StringComparison.Ordinal)),
        StringComparison.Ordinal);

    private string Authority(TestCertificate authority) => _temp.Write("ca.pem", authority.Pem);

    private string Credentials(RealRegistry registry, string password)
    {
        string auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RealRegistry.User}:{password}"));
        return _temp.Write("auth.json", $$$$"""{"auths":{"{{{{registry.Name}}}}":{"auth":"{{{{auth}}}}"}}}""");
    }

    private Task<ToolRun> CopyAsync(string target, params string[] options) => RunAsync([], target, options);

    private async Task<ToolRun> RunAsync(Dictionary<string, string> environment, string target, params string[] options)
    {
        await PutAsync();
        environment["HOME"] = _temp.FullPath;
        return new ToolRun(await Host.TryRunAsync(
            Host.Tool, ["copy", "oci:from", target, .. options], environment, _temp.FullPath));
    }

    /// <summary>The layout <c>from</c>, with one image.</summary>
    private async Task PutAsync()
    {
        Layer layer = TestLayer.Create(_temp, "x");
        Image image = ImageAssembler.Assemble(
            [layer], [new History { CreatedBy = "test" }], new ImageSettings { Cmd = ["/bin/sh"] },
            Platform.Of(Architecture.Parse("amd64")), DateTimeOffset.UnixEpoch);
        TargetDefaults defaults = new()
        {
            BaseDirectory = _temp.FullPath,
            Tag = "x",
            Reference = Reference.Parse("test:1"),
        };
        await TargetParser.Parse("oci:from", defaults)
            .DeliverAsync(ImageSet.Of(image), TestContext.Current.CancellationToken);
    }
}
