namespace RootfsImporter.IntegrationTests;

/// <summary>
/// Something of the host that a test needs. On a laptop its absence skips the test with a reason; where
/// REQUIRE_ALL is set, as in CI, it fails it: a skip there would hide that the test never ran.
/// </summary>
internal sealed class Requirement(string what, Func<bool> isMet)
{
    /// <summary>Being root.</summary>
    public static Requirement Root { get; } = new("root", () => Environment.IsPrivilegedProcess);

    /// <summary>A running Docker Engine, at DOCKER_HOST.</summary>
    public static Requirement Docker { get; } = new(
        "a Docker Engine at DOCKER_HOST", () => Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 });

    /// <summary>The package archives, which scripts/test has looked for.</summary>
    public static Requirement Network { get; } = new(
        "the package archives (ROOTFS_IMPORTER_TEST_NETWORK=1)",
        () => Environment.GetEnvironmentVariable("ROOTFS_IMPORTER_TEST_NETWORK") == "1");

    /// <summary>A program of the host.</summary>
    public static Requirement Program(string name) => new($"the program {name}", () => Host.Find(name) is not null);

    /// <summary>Skips, or where everything is required fails, the test that calls it.</summary>
    public void OrSkip()
    {
        if (isMet())
        {
            return;
        }

        Assert.False(
            Environment.GetEnvironmentVariable("REQUIRE_ALL") == "1", $"this test needs {what}, which is not here");
        Assert.Skip($"needs {what}");
    }
}
