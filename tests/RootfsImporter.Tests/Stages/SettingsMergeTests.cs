using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;

namespace RootfsImporter.Tests.Stages;

public sealed class SettingsMergeTests
{
    private static readonly ImageSettings Under = new()
    {
        Cmd = ["bash"],
        Env = ["PATH=/bin", "LANG=C"],
        Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" },
        User = "root",
        WorkingDir = "/",
        Volumes = ["/data"],
        ExposedPorts = ["80/tcp"],
    };

    [Fact]
    public void What_is_not_said_anew_stays()
    {
        ImageSettings merged = SettingsMerge.Merge(Under, new ImageSettings());

        Assert.Equal(["bash"], merged.Cmd);
        Assert.Equal(Under.Env, merged.Env);
        Assert.Equal("root", merged.User);
        Assert.Equal("/", merged.WorkingDir);
        Assert.Equal(["/data"], merged.Volumes);
    }

    [Fact]
    public void Variables_and_labels_are_replaced_by_name_and_lists_are_joined()
    {
        ImageSettings merged = SettingsMerge.Merge(Under, new ImageSettings
        {
            Env = ["LANG=C.UTF-8", "X=1"],
            Labels = new Dictionary<string, string> { ["b"] = "3" },
            User = "redis",
            Volumes = ["/more", "/data"],
            ExposedPorts = ["6379/tcp"],
        });

        Assert.Equal(["PATH=/bin", "LANG=C.UTF-8", "X=1"], merged.Env);
        Assert.Equal("1", merged.Labels["a"]);
        Assert.Equal("3", merged.Labels["b"]);
        Assert.Equal("redis", merged.User);
        Assert.Equal(["/data", "/more"], merged.Volumes);
        Assert.Equal(["80/tcp", "6379/tcp"], merged.ExposedPorts);
    }

    [Fact]
    public void A_new_entry_point_resets_the_command()
    {
        Assert.Empty(SettingsMerge.Merge(Under, new ImageSettings { Entrypoint = ["redis-server"] }).Cmd);
        Assert.Equal(
            ["-v"], SettingsMerge.Merge(Under, new ImageSettings { Entrypoint = ["redis-server"], Cmd = ["-v"] }).Cmd);
    }

    [Fact]
    public void A_config_reads_back_as_the_settings_it_was_made_of()
    {
        ImageConfig config = ImageConfig.Parse("""
            {"architecture":"amd64","os":"linux","config":{"Env":["A=b"],"Cmd":["x"],"StopSignal":"SIGQUIT"},
            "rootfs":{"type":"layers","diff_ids":[]}}
            """u8);

        Assert.Equal(["A=b"], SettingsMerge.Of(config.Config).Env);
        Assert.Equal("SIGQUIT", config.Config!.Others!["StopSignal"].GetString());
        Assert.Contains("\"StopSignal\":\"SIGQUIT\"", System.Text.Encoding.UTF8.GetString(config.ToBytes()), StringComparison.Ordinal);
        Assert.Empty(SettingsMerge.Of(null).Cmd);
    }
}
