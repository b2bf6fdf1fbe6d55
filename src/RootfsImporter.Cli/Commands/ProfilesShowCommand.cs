using System.CommandLine;
using System.Text.Json;
using RootfsImporter.Cli.Output;
using RootfsImporter.Profiles;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>profiles show</c>: one profile, merged.</summary>
internal sealed class ProfilesShowCommand : Command
{
    private readonly CommonOptions _common;
    private readonly Wiring _wiring;
    private readonly Argument<string> _profile = BuildOptions.ProfileArgument();
    private readonly Option<string?> _variant = BuildOptions.VariantOption();

    public ProfilesShowCommand(CommonOptions common, Wiring wiring)
        : base("show", "Show a profile with all that it extends merged in, as YAML")
    {
        _common = common;
        _wiring = wiring;
        Add(_profile);
        Add(_variant);
        SetAction(Run);
    }

    private int Run(ParseResult parse)
    {
        Profile profile = BuildOptions.LoadProfile(
            _wiring, _common, parse.GetRequiredValue(_profile), parse.GetValue(_variant));
        TextWriter output = parse.InvocationConfiguration.Output;
        if (parse.GetValue(_common.Format) == OutputFormat.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(profile, CliJson.Writer.Profile));
        }
        else
        {
            output.Write(_wiring.PrintProfile(profile));
        }

        return 0;
    }
}
