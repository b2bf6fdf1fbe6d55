using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using RootfsImporter.Oci;
using RootfsImporter.Registry;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli;

/// <summary>The options of every command that reads images from places or brings them there.</summary>
internal sealed partial class TransportOptions(CommonOptions common)
{
    private readonly Option<bool> _overwrite = new("--overwrite")
    {
        Description = "Replace files that exist already at the targets; tags are always moved",
    };

    private readonly Option<string[]> _additionalTags = new("--additional-tag")
    {
        Description = "Tag to set besides the target's own; may be given several times",
        HelpName = "TAG",
        CustomParser = ParseTags,
    };

    private readonly Option<string?> _authFile = new("--auth-file")
    {
        Description = "File with the credentials of registries, as podman and Docker write them "
            + "[default: $REGISTRY_AUTH_FILE, or theirs]",
        HelpName = "FILE",
        CustomParser = ParseFile,
    };

    private readonly Option<string?> _caFile = new("--ca-file")
    {
        Description = "Certificates (PEM) to trust besides the system's when a registry is spoken to",
        HelpName = "FILE",
        CustomParser = ParseFile,
    };

    private readonly Option<bool> _plainHttp = new("--plain-http")
    {
        Description = "Speak HTTP without TLS to registries that have no HTTPS; on loopback that needs no asking",
    };

    /// <summary>The options in the order of the help text.</summary>
    public IEnumerable<Option> All => [_overwrite, _additionalTags, _authFile, _caFile, _plainHttp];

    /// <summary>What the options and the environment say about places.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="tag">The tag in an OCI layout that a target does not give.</param>
    /// <param name="reference">The image's name in an archive that a target does not give.</param>
    public TargetDefaults Defaults(ParseResult parse, string tag, Reference reference) => new()
    {
        BaseDirectory = Environment.CurrentDirectory,
        Tag = tag,
        Reference = reference,
        AdditionalTags = parse.GetValue(_additionalTags) ?? [],
        DockerHost = common.DockerHost,
        Registry = new RegistryOptions
        {
            AuthFiles = parse.GetValue(_authFile) is string authFile ? [authFile] : common.AuthFiles,
            SearchPath = common.SearchPath,
            HelperEnvironment = common.ProgramEnvironment,
            CaFile = parse.GetValue(_caFile),
            MayUsePlainHttp = parse.GetValue(_plainHttp),
            Proxy = System.Net.Http.HttpClient.DefaultProxy,
        },
        TemporaryDirectory = common.WorkDirectory,
        ProgramEnvironment = common.ProgramEnvironment,
        Overwrite = parse.GetValue(_overwrite),
    };

    private static string[] ParseTags(ArgumentResult result)
    {
        foreach (Token token in result.Tokens.Where(token => !TagName().IsMatch(token.Value)))
        {
            result.AddError(
                $"'{token.Value}' is not a tag; a tag is up to 128 letters, digits and any of _ . - "
                + "and begins with none of the last two");
        }

        return [.. result.Tokens.Select(token => token.Value).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A file of the user's that has to be there: a missing one would only be skipped.</summary>
    private static string? ParseFile(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (File.Exists(text))
        {
            return Path.GetFullPath(text);
        }

        result.AddError(Directory.Exists(text) ? $"'{text}' is a directory, not a file" : $"there is no file '{text}'");
        return null;
    }

    /// <summary>distribution-spec, "Pull": the form of a tag.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex TagName();
}
