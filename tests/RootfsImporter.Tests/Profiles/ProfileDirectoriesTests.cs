using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Profiles;

public sealed class ProfileDirectoriesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("installed-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void An_installed_tool_has_them_beside_it()
    {
        string distros = Directory.CreateDirectory(Path.Combine(_root, "distros")).FullName;

        Assert.Equal(distros, ProfileDirectories.Find(_root));
    }

    [Fact]
    public void A_tool_built_in_its_source_tree_has_them_above_it()
    {
        string distros = Directory.CreateDirectory(Path.Combine(_root, "distros")).FullName;
        string output = Directory.CreateDirectory(Path.Combine(_root, "artifacts/bin/debug")).FullName;

        Assert.Null(ProfileDirectories.Find(output));
        File.WriteAllText(Path.Combine(_root, "RootfsImporter.sln"), "");
        Assert.Equal(distros, ProfileDirectories.Find(output));
    }
}
