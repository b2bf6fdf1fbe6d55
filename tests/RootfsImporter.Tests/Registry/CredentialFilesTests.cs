using System.Text;
using RootfsImporter.Registry;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Registry;

public sealed class CredentialFilesTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("host:5000", "team/app", "app")]
    [InlineData("host:5000", "team/other", "team")]
    [InlineData("host:5000", "else/app", "all")]
    [InlineData("docker.io", "library/ubuntu", "hub")]
    [InlineData("plain", "a", "address")]
    [InlineData("host", "team/app", null)]
    public async Task The_most_specific_entry_counts(string registry, string repository, string? user)
    {
        string file = Write(
            $$"""
            {"auths": {
              "host:5000": {"auth": "{{Base64("all:x")}}"},
              "host:5000/team": {"auth": "{{Base64("team:x")}}"},
              "host:5000/team/app": {"auth": "{{Base64("app:x").TrimEnd('=')}}"},
              "https://index.docker.io/v1/": {"auth": "{{Base64("hub:x\0\0")}}"},
              "https://plain/v2/": {"username": "address", "password": "x"}
            }, "unknown": [1]}
            """);
        CredentialSearch search = await FindAsync(registry, repository, file);
        Assert.Equal(user, (search.Found as Credential.Password)?.User);
        Assert.True(user is null || search.Found!.Secret == "x");
    }

    [Fact]
    public async Task Tokens_are_told_apart_and_a_password_may_have_colons()
    {
        string file = Write(
            $$$$"""
            {"auths": {"a": {"auth": "{{{{Base64("u:p")}}}}", "identitytoken": "i"}, "b": {"registrytoken": "r"},
            "c": {"auth": "{{{{Base64("u:p:q")}}}}"}}}
            """);
        Assert.Equal("i", Assert.IsType<Credential.IdentityToken>((await FindAsync("a", "x", file)).Found).Value);
        Assert.Equal("r", Assert.IsType<Credential.RegistryToken>((await FindAsync("b", "x", file)).Found).Value);
        Assert.Equal("p:q", Assert.IsType<Credential.Password>((await FindAsync("c", "x", file)).Found).Value);
    }

    [Fact]
    public async Task Files_are_searched_in_order_and_absent_ones_skipped()
    {
        string first = Write("""{"auths":{"other":{"auth":"dTpw"}}}""");
        string second = Write($$$$"""{"auths":{"host":{"auth":"{{{{Base64("second:x")}}}}"}}}""");
        CredentialSearch search = await FindAsync("host", "a", _temp["absent/config.json"], first, second);
        Assert.Equal("second", Assert.IsType<Credential.Password>(search.Found).User);
        Assert.Equal(second, search.Found.Origin);
    }

    [Theory]
    [InlineData("""{"credHelpers":{"host":"test"},"auths":{"host":{"auth":"dTpw"}}}""", "host")]
    [InlineData("""{"credsStore":"test","auths":{"host":{}}}""", "host")]
    public async Task A_helper_is_asked_on_its_standard_input(string json, string server)
    {
        Helper("test", $$"""read -r s || true; [ "$1 $s $MARK" = "get {{server}} here" ] && echo '{"ServerURL":"x","Username":"h","Secret":"s"}'""");
        Credential.Password found = Assert.IsType<Credential.Password>((await FindAsync("host", "a", Write(json))).Found);
        Assert.Equal(("h", "s"), (found.User, found.Value));
    }

    [Fact]
    public async Task A_helper_is_asked_for_Docker_Hub_by_its_old_address_and_may_have_a_token()
    {
        Helper("test", """read -r s || true; [ "$s" = https://index.docker.io/v1/ ] && echo '{"Username":"<token>","Secret":"s"}'""");
        CredentialSearch search = await FindAsync("docker.io", "library/a", Write("""{"credsStore":"test"}"""));
        Assert.Equal("s", Assert.IsType<Credential.IdentityToken>(search.Found).Value);
    }

    [Theory]
    [InlineData("echo credentials not found in native keychain; exit 1", null)]
    [InlineData("echo s3cret; exit 7", "'docker-credential-test get' failed with exit code 7")]
    [InlineData("echo s3cret", "printed something that is no credential")]
    public async Task A_helper_that_has_nothing_is_passed_over_and_quoted_never(string script, string? note)
    {
        Helper("test", script);
        CredentialSearch search = await FindAsync(
            "host", "a", Write("""{"credHelpers":{"host":"test"},"auths":{"host":{"auth":"dTpw"}}}"""));
        Assert.IsType<Credential.Password>(search.Found);
        Assert.DoesNotContain("s3cret", string.Join(' ', search.Notes), StringComparison.Ordinal);
        Assert.Equal(note is null ? 0 : 1, search.Notes.Count(text => note is null || text.Contains(note, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("../../bin/sh")]
    [InlineData("x/y")]
    public async Task A_helper_that_is_not_there_is_named(string helper)
    {
        CredentialSearch search = await FindAsync("host", "a", Write($$"""{"credsStore":"{{helper}}"}"""));
        Assert.Null(search.Found);
        Assert.Contains($"'docker-credential-{helper}', which is not installed", Assert.Single(search.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_cut_anywhere_is_an_error_that_quotes_nothing()
    {
        string json = $$$$"""{"auths":{"host":{"auth":"{{{{Base64("u:s3cret")}}}}"}}}""";
        for (int length = 0; length < json.Length; length++)
        {
            RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => FindAsync("host", "a", Write(json[..length])));
            Assert.Contains("credential file", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Base64("u:s3cret")[..6], e.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_not_read()
    {
        string file = Write(new string(' ', 1024 * 1024 + 1));
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => FindAsync("host", "a", file));
        Assert.Contains("larger than 1048576 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_of_a_credential_has_no_secret() => Assert.Equal(
        "the credential of FILE", new Credential.Password("u", "s3cret", "FILE").ToString());

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string Write(string json) => _temp.Write($"{Path.GetRandomFileName()}.json", json);

    private void Helper(string name, string script)
    {
        string path = _temp.Write($"bin/docker-credential-{name}", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private Task<CredentialSearch> FindAsync(string registry, string repository, params string[] files) =>
        new CredentialFiles(new RegistryOptions
        {
            AuthFiles = files,
            SearchPath = _temp["bin"],
            HelperEnvironment = new Dictionary<string, string> { ["MARK"] = "here" },
        }).FindAsync(new RegistryHost(registry), repository, TestContext.Current.CancellationToken);
}
