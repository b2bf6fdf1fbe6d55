using System.CommandLine;
using System.CommandLine.Parsing;
using RootfsImporter.Profiles;

namespace RootfsImporter.Cli;

/// <summary>The architectures that a user names, in anybody's spelling: Debian's, Alpine's, or a platform's.</summary>
/// <param name="Named">Those with a name, each once, in the order of the command line.</param>
/// <param name="IsAll">Whether all are meant: that the profile has, or the index.</param>
internal sealed record ArchitectureChoice(IReadOnlyList<Architecture> Named, bool IsAll)
{
    private const string All = "all";
    private const string LinuxPrefix = "linux/";

    /// <summary><c>--arch</c>.</summary>
    public static Option<ArchitectureChoice?> Option(string description) => new("--arch")
    {
        Description = description,
        HelpName = "ARCH",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = Parse,
    };

    /// <summary>The architectures for a profile.</summary>
    public IReadOnlyList<Architecture> For(Profile profile) => IsAll ? profile.Architectures : Named;

    /// <summary>Reads every token of an option, each one or several names parted by commas.</summary>
    private static ArchitectureChoice? Parse(ArgumentResult result)
    {
        List<Architecture> named = [];
        bool isAll = false;
        foreach (string name in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (name == All)
            {
                isAll = true;
            }
            else if (Find(name) is Architecture architecture)
            {
                named.Add(architecture);
            }
            else
            {
                result.AddError(
                    $"'{name}' is not an architecture; "
                    + $"expected {string.Join(", ", Architecture.All.Select(a => a.Deb))}, or {All}");
                return null;
            }
        }

        return new ArchitectureChoice([.. named.Distinct()], isAll);
    }

    /// <summary>Finds <c>amd64</c>, <c>x86_64</c>, <c>linux/amd64</c>, <c>arm/v7</c>.</summary>
    private static Architecture? Find(string name)
    {
        string platform = name.StartsWith(LinuxPrefix, StringComparison.Ordinal) ? name[LinuxPrefix.Length..] : name;
        return Architecture.TryParse(platform, out Architecture? architecture)
            ? architecture
            : Architecture.All.FirstOrDefault(a => a.Variant is not null && $"{a.Oci}/{a.Variant}" == platform);
    }
}
