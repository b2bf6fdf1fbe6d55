using System.Net;
using System.Net.Sockets;
using RootfsImporter.Oci;
using RootfsImporter.Registry;
using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

/// <summary>Who one is to a registry, and who it is to us.</summary>
public sealed class RegistryAccessTests
{
    [Theory]
    [InlineData(FakeRegistryAuth.Basic)]
    [InlineData(FakeRegistryAuth.Bearer)]
    public async Task A_registry_that_wants_credentials_gets_them(FakeRegistryAuth auth)
    {
        using RegistryFixture fixture = new(auth);
        fixture.LogIn();
        Image image = fixture.LargeImage();
        await fixture.PushAsync(image);
        fixture.AssertHas(image);
        Assert.Equal(image.Descriptor, (await fixture.PullAsync()).Root with { Platform = image.Platform });
        string[] scopes = [.. fixture.Registry.Requests.Where(request => request.Path == "/token").Select(request => request.Query("scope")!)];
        Assert.Equal(
            auth == FakeRegistryAuth.Basic ? [] : ["repository:team/ubuntu:pull,push", "repository:team/ubuntu:pull"], scopes);
    }

    [Fact]
    public async Task An_identity_token_becomes_a_token()
    {
        using RegistryFixture fixture = new(FakeRegistryAuth.Bearer);
        fixture.UseAuthFile($$$$"""{"auths":{"{{{{fixture.Registry.Name}}}}":{"identitytoken":"{{{{FakeRegistry.IdentityToken}}}}"}}}""");
        Image image = fixture.LargeImage();
        await fixture.PushAsync(image);
        fixture.AssertHas(image);
        Assert.Equal("POST", fixture.Registry.Requests.Single(request => request.Path == "/token").Method);
    }

    [Fact]
    public async Task Whoever_has_no_credentials_may_read_what_everybody_may()
    {
        using RegistryFixture fixture = new(FakeRegistryAuth.Bearer);
        fixture.LogIn();
        await fixture.PushAsync(fixture.LargeImage());
        fixture.UseAuthFile("{}");
        fixture.Registry.Gate.AllowsAnonymousPull = true;
        Assert.Single((await fixture.PullAsync()).Images);
    }

    [Fact]
    public async Task A_token_that_is_no_longer_taken_is_replaced()
    {
        using RegistryFixture fixture = new(FakeRegistryAuth.Bearer);
        fixture.LogIn();
        Image image = fixture.LargeImage();
        // Each of them expires before it can be used again.
        fixture.Registry.Gate.ExpiresIn = 0;
        await fixture.PushAsync(image);
        fixture.AssertHas(image);
    }

    [Fact]
    public async Task A_mount_asks_for_both_repositories()
    {
        using RegistryFixture fixture = new(FakeRegistryAuth.Bearer);
        fixture.LogIn();
        string other = $"docker://{fixture.Registry.Name}/other/place:1";
        Image image = fixture.LargeImage();
        await fixture.PushAsync(image, other);
        await using ISource source = TargetParser.ParseSource(other, fixture.Defaults);
        ImageSet read = await source.ReadAsync(TestContext.Current.CancellationToken);
        fixture.Registry.ClearRequests();
        await fixture.PushAsync(read);
        fixture.AssertHas(image);
        Assert.Empty(fixture.Asked("PATCH"));
        Assert.Contains(
            fixture.Registry.Requests,
            request => request.Query("scope") == "repository:team/ubuntu:pull,push repository:other/place:pull");
    }

    [Theory]
    [InlineData(FakeRegistryAuth.Basic, "wrong")]
    [InlineData(FakeRegistryAuth.Bearer, "wrong")]
    [InlineData(FakeRegistryAuth.Basic, null)]
    [InlineData(FakeRegistryAuth.Bearer, null)]
    public async Task Wrong_credentials_are_named_by_their_file_and_never_shown(FakeRegistryAuth auth, string? password)
    {
        using RegistryFixture fixture = new(auth);
        const string Secret = "Wr0ng-Pa55word";
        string encoded = Convert.ToBase64String("somebody:Wr0ng-Pa55word"u8);
        string file = password is null ? fixture.UseAuthFile("{}") : fixture.LogIn(encoded);
        // The fake answers with what it was sent, as a careless registry would.
        foreach (Func<Task> attempt in (Func<Task>[])[() => fixture.PushAsync(fixture.LargeImage()), () => fixture.PullAsync()])
        {
            RootfsImporterException e = await Assert.ThrowsAnyAsync<RootfsImporterException>(attempt);
            Assert.Contains("401", e.Message, StringComparison.Ordinal);
            Assert.Contains(file, e.Hint, StringComparison.Ordinal);
            Assert.Contains(password is null ? "no credential for it was found" : "check that it is still right", e.Hint, StringComparison.Ordinal);
            string all = e + e.Hint;
            Assert.DoesNotContain(Secret, all, StringComparison.Ordinal);
            Assert.DoesNotContain(encoded, all, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_registry_here_cannot_have_a_password_sent_to_another_host_in_plain()
    {
        using RegistryFixture fixture = new(FakeRegistryAuth.Bearer);
        fixture.LogIn();
        fixture.Registry.Gate.Realm = new Uri("http://192.0.2.1/token");
        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(() => fixture.PushAsync(fixture.LargeImage()));
        Assert.Contains("asks for credentials over plain HTTP, at 192.0.2.1", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9:5000", true)]
    [InlineData("localhost:5000", true)]
    [InlineData("[::1]:5000", true)]
    [InlineData("localhost.example", false)]
    [InlineData("128.0.0.1", false)]
    [InlineData("[::2]", false)]
    public void Only_the_loopback_is_trusted_without_TLS(string name, bool isLoopback) =>
        Assert.Equal(isLoopback, new RegistryHost(name).IsLoopback);

    [Fact]
    public void Docker_Hub_is_elsewhere() =>
        Assert.Equal("https://registry-1.docker.io/", new RegistryHost("docker.io").Address("https").AbsoluteUri);

    [Fact]
    public async Task TLS_needs_the_right_authority()
    {
        using TestCertificate authority = new();
        using FakeRegistry registry = new(certificate: authority.Issue("127.0.0.1"));
        using RegistryFixture fixture = new();
        string text = $"docker://{registry.Name}/a:1";
        RootfsImporterException e = await Assert.ThrowsAsync<DeliveryException>(
            () => fixture.PushAsync(fixture.LargeImage(), text));
        Assert.Contains($"the certificate of 127.0.0.1 is from an authority that this host does not know", e.Message, StringComparison.Ordinal);
        Assert.Contains("--ca-file", e.Hint, StringComparison.Ordinal);

        Trust(fixture, authority.Pem);
        await fixture.PushAsync(fixture.LargeImage(), text);
        Assert.Single((await fixture.PullAsync(text)).Images);

        using TestCertificate stranger = new();
        Trust(fixture, stranger.Pem);
        e = await Assert.ThrowsAsync<FetchException>(() => fixture.PullAsync(text));
        Assert.Contains("neither from an authority of this host nor from one of", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", -2, "expired on")]
    [InlineData("registry.example", 30, "is for another name, registry.example")]
    public async Task A_certificate_that_does_not_hold_is_explained(string host, int daysLeft, string reason)
    {
        using TestCertificate authority = new();
        using FakeRegistry registry = new(certificate: authority.Issue(host, daysLeft));
        using RegistryFixture fixture = new();
        Trust(fixture, authority.Pem);
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => fixture.PullAsync($"docker://{registry.Name}/a:1"));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Hint);
    }

    [Theory]
    [InlineData("nothing", "has no certificate")]
    [InlineData(null, "cannot be read")]
    public async Task A_file_without_certificates_is_an_error(string? content, string reason)
    {
        using RegistryFixture fixture = new();
        Trust(fixture, content);
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => fixture.PullAsync());
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_said_at_once()
    {
        using TcpListener closed = new(IPAddress.Loopback, 0);
        closed.Start();
        int port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        using RegistryFixture fixture = new();
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => fixture.PullAsync($"docker://127.0.0.1:{port}/a:1"));
        Assert.Contains($"nothing listens at 127.0.0.1:{port}", e.Message, StringComparison.Ordinal);
        Assert.Empty(fixture.Time.Waits);
    }

    [Fact]
    public async Task A_host_without_an_address_is_said_at_once()
    {
        using RegistryFixture fixture = new();
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => fixture.PullAsync("docker://registry.invalid/a:1"));
        Assert.Contains("registry.invalid", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "DENIED", "the credential", "no credential for it was found")]
    [InlineData(404, "NAME_UNKNOWN", "NAME_UNKNOWN", "some registries want a repository to be made first")]
    [InlineData(413, "SIZE_INVALID", "413", "a limit on sizes")]
    [InlineData(405, "UNSUPPORTED", "UNSUPPORTED", "may be read only")]
    public async Task A_refusal_is_explained(int status, string code, string message, string hint)
    {
        using RegistryFixture fixture = new();
        string body = $$"""{"errors":[{"code":"{{code}}","message":"the credential\n is of no use {{new string('x', 5000)}}"}]}""";
        fixture.Registry.Break("POST", "/uploads/", new FakeRegistryDefect.Status(status, body.Replace("\n", "\\n", StringComparison.Ordinal)), 3);
        DeliveryException e = await Assert.ThrowsAsync<DeliveryException>(
            () => TargetParser.Parse(fixture.Text, fixture.Defaults).CheckAsync(TestContext.Current.CancellationToken));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Contains(hint, e.Hint, StringComparison.Ordinal);
        Assert.InRange(e.Message.Length, 50, 600);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task What_is_no_registry_is_said_so()
    {
        using RegistryFixture fixture = new();
        fixture.Registry.Break("GET", "/v2/", new FakeRegistryDefect.Status(404, "<html>"), 3);
        FetchException e = await Assert.ThrowsAsync<FetchException>(() => fixture.PullAsync());
        Assert.NotNull(e.Hint);
    }

    private static void Trust(RegistryFixture fixture, string? pem)
    {
        string file = pem is null ? fixture.Temp["absent.pem"] : fixture.Temp.Write("ca.pem", pem);
        fixture.Defaults = fixture.Defaults with { Registry = fixture.Defaults.Registry with { CaFile = file } };
    }
}
