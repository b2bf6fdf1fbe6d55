using System.CommandLine;
using RootfsImporter.Cli;
using RootfsImporter.Profiles;

namespace RootfsImporter.Tests.Cli;

public sealed class ImageOptionsTests
{
    private static readonly ImageSettings Inherited = new()
    {
        Cmd = ["/bin/bash"],
        Env = ["PATH=/bin", "LANG=C"],
        Labels = new Dictionary<string, string> { ["b"] = "1", ["a"] = "1" },
        User = "root",
        WorkingDir = "/",
        Volumes = ["/data"],
        ExposedPorts = ["80/tcp"],
    };

    private static (ImageChanges Changes, IReadOnlyList<string> Errors) Parse(params string[] args)
    {
        ImageOptions options = new();
        RootCommand command = [];
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        ParseResult parse = command.Parse(args);
        return (parse.Errors.Count > 0 ? new ImageChanges() : options.Changes(parse), [.. parse.Errors.Select(e => e.Message)]);
    }

    [Theory]
    [InlineData("""["a","b c"]""", "a|b c")]
    [InlineData("""[]""", "")]
    [InlineData("""  a  "b c" 'd "e' f\ g "h\"i\j" """, """a|b c|d "e|f g|h"i\j""")]
    [InlineData("a'b'\"c\"", "abc")]
    [InlineData("''", "<>")]
    [InlineData("", "")]
    [InlineData("$HOME *", "$HOME|*")]
    public void Commands_are_json_or_words(string text, string expected)
    {
        IReadOnlyList<string>? words = Parse("--cmd", text).Changes.Cmd;

        Assert.NotNull(words);
        Assert.Equal(expected, string.Join('|', words.Select(word => word.Length == 0 ? "<>" : word)));
    }

    [Theory]
    [InlineData("a quote is not closed", "--cmd", "'a")]
    [InlineData("no array of strings", "--cmd", "[1]")]
    [InlineData("no array of strings", "--entrypoint", "[\"a\"")]
    [InlineData("'X' is not what --env takes: NAME=VALUE", "--env", "X")]
    [InlineData("'=1' is not what --env takes: NAME=VALUE", "--env", "=1")]
    [InlineData("'x' is not what --label takes", "--label", "x")]
    [InlineData("'a b' is not what --user takes", "--user", "a b")]
    [InlineData("'a:b:c' is not what --user takes", "--user", "a:b:c")]
    [InlineData("'srv' is not what --workdir takes", "--workdir", "srv")]
    [InlineData("'' is not what --volume takes", "--volume", "")]
    [InlineData("'0' is not what --expose takes", "--expose", "0")]
    [InlineData("'65536/tcp' is not what --expose takes", "--expose", "65536/tcp")]
    [InlineData("'80/icmp' is not what --expose takes", "--expose", "80/icmp")]
    [InlineData("'80/tcp/1' is not what --expose takes", "--expose", "80/tcp/1")]
    public void What_is_wrong_is_said(string message, params string[] args) =>
        Assert.Contains(Parse(args).Errors, error => error.Contains(message, StringComparison.Ordinal));

    [Fact]
    public void Nothing_said_changes_nothing()
    {
        ImageSettings settings = Parse().Changes.ApplyTo(Inherited);

        Assert.Equal(Inherited.Cmd, settings.Cmd);
        Assert.Equal(Inherited.Env, settings.Env);
        Assert.Equal(["a", "b"], settings.Labels.Keys);
        Assert.Equal(("root", "/"), (settings.User, settings.WorkingDir));
    }

    [Fact]
    public void A_new_entry_point_takes_the_inherited_command_away_and_not_a_new_one()
    {
        Assert.Empty(Parse("--entrypoint", "/init").Changes.ApplyTo(Inherited).Cmd);
        Assert.Equal(["-v"], Parse("--cmd", "-v", "--entrypoint", "/init").Changes.ApplyTo(Inherited).Cmd);
        Assert.Equal(["/init"], Parse("--entrypoint", "/init").Changes.ApplyTo(Inherited).Entrypoint);
        Assert.Empty(Parse("--cmd", "[]").Changes.ApplyTo(Inherited).Cmd);
    }

    [Fact]
    public void Lists_grow_and_what_has_the_same_name_is_replaced_where_it_is()
    {
        ImageSettings settings = Parse(
            "--env", "PATH=/usr/bin", "--env", "X=1=2", "--env", "X=3", "--label", "a=2", "--label", "c=", "--volume", "/data",
            "--volume", "/srv", "--expose", "53/udp", "--expose", "80", "--user", "1000:1000", "--workdir", "/srv")
            .Changes.ApplyTo(Inherited);

        Assert.Equal(["PATH=/usr/bin", "LANG=C", "X=3"], settings.Env);
        Assert.Equal(["a=2", "b=1", "c="], settings.Labels.Select(label => $"{label.Key}={label.Value}"));
        Assert.Equal(["/data", "/srv"], settings.Volumes);
        Assert.Equal(["80/tcp", "53/udp"], settings.ExposedPorts);
        Assert.Equal(("1000:1000", "/srv"), (settings.User, settings.WorkingDir));
        ImageSettings emptied = Parse("--user", "", "--workdir", "").Changes.ApplyTo(Inherited);
        Assert.Equal((null, null), (emptied.User, emptied.WorkingDir));
    }
}
