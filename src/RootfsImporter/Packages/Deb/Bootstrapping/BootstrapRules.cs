using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using RootfsImporter.Files;
using RootfsImporter.Net;
using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Resolving;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;
using RootfsImporter.Signing;

namespace RootfsImporter.Packages.Deb.Bootstrapping;

/// <summary>What is the same for every program that makes a tree of .debs.</summary>
internal static partial class BootstrapRules
{
    /// <summary>The name of the keyring in the scratch directory.</summary>
    public const string Keyring = "keyring.gpg";

    /// <summary>Where dpkg keeps what came in the control part of packages, with its times.</summary>
    public static RootPath ControlFiles { get; } = RootPath.Parse("var/lib/dpkg/info");

    /// <summary>What all of them leave behind and our own engine does not.</summary>
    public static IReadOnlyList<SealRule> SealRules { get; } =
    [
        new SealRule.Remove(["etc/fstab"])
        {
            Name = "bootstrap-fstab",
            Why = "a comment that no file system is set up yet, of the program that made the tree; containers mount nothing by it",
            UnpackagedOnly = true,
        },
        Partial("var/cache/apt/archives/partial"),
        Partial("var/lib/apt/lists/partial"),
        new SealRule.Rewrite([RootPath.Parse("var/lib/apt/extended_states")], (content, _) => Sorted(content))
        {
            Name = "bootstrap-states",
            Why = "apt writes what was installed automatically in an order of its own; here it is that of the names",
        },
    ];

    private static SealRule.SetMetadata Partial(string path) => new(RootPath.Parse(path), 0b111_101_101, 0, 0)
    {
        Name = "bootstrap-downloads",
        Why = "apt closes it to others whenever it runs; it begins as its package has it",
    };

    /// <summary>The stanzas of a deb822 text in ordinal order.</summary>
    private static ReadOnlyMemory<byte> Sorted(ReadOnlyMemory<byte> content)
    {
        const string Gap = "\n\n";
        string[] stanzas = Encoding.UTF8.GetString(content.Span).Split(Gap, StringSplitOptions.RemoveEmptyEntries);
        return Encoding.UTF8.GetBytes(string.Concat(stanzas.Order(StringComparer.Ordinal).Select(stanza => stanza + Gap)));
    }

    /// <summary>
    /// Refuses what neither program can do. <paramref name="program"/> is named in the <see cref="ProfileException"/>.
    /// </summary>
    public static void Check(string program, BootstrapRequest request)
    {
        PackageSelection packages = request.Profile.Packages;
        if (!packages.Essential)
        {
            throw Cannot(program, "leave essential packages out");
        }

        if (packages.PhasedUpdates == PhasedUpdates.ExcludeHalted)
        {
            throw Cannot(program, "tell halted updates from those that are only begun (phasedUpdates: exclude-halted)");
        }

        foreach (Uri mirror in request.Repositories.Select(MirrorOf).Where(mirror => mirror.UserInfo.Length > 0))
        {
            throw new ProfileException(
                $"the mirror {MirrorAddress.Display(mirror)} has a password, which {program} would have to be told where every "
                    + "user of the host can read it",
                "use another mirror, or the native engine");
        }

        foreach (string path in (string[])[request.Root, request.Scratch])
        {
            if (!PlainPath().IsMatch(path))
            {
                throw new ProfileException(
                    $"{program} cannot work in {path}: it takes blanks and quotes in a path for something else",
                    "name another --work-dir");
            }
        }
    }

    /// <summary>The error for a profile that a program cannot build.</summary>
    public static ProfileException Cannot(string program, string what) => new(
        $"{program} cannot {what}", "change the profile or the options, or leave --engine out");

    /// <summary>The keys of all repositories as one binary keyring, each file once.</summary>
    public static byte[] KeyringOf(IReadOnlyList<Repository> repositories) =>
    [
        .. repositories.SelectMany(repository => repository.Keys).Select(key => key.Path)
            .Distinct(StringComparer.Ordinal).SelectMany(KeyFile.Read),
    ];

    /// <summary>The mirror that a program is told of: it takes one, so it gets the first.</summary>
    public static Uri MirrorOf(Repository repository) => repository.Mirrors[0];

    /// <summary>
    /// The packages that the profile includes, as <paramref name="print"/> writes a name and its exact version or null.
    /// Throws <see cref="ProfileException"/> for every other kind of term, and where <paramref name="print"/> gives null.
    /// </summary>
    public static IReadOnlyList<string> Included(
        string program, BootstrapRequest request, Func<string, string?, string?> print) =>
    [
        .. request.Profile.Packages.Include.Select(term =>
            DebRequest.ParseTerm(term, request.Architecture.Deb).Alternatives is [{ Qualifier: null } only]
                && only.Operator is RelationOperator.Any or RelationOperator.Equal
                && print(only.Name, only.Operator == RelationOperator.Any ? null : only.Version.Text) is string printed
                    ? printed
                    : throw Cannot(program, $"be asked for '{term}'")),
    ];

    /// <summary>
    /// The environment: nothing of the user's, and the proxy by the variables that apt (apt-transport-http(1)) and wget(1)
    /// read.
    /// </summary>
    public static Dictionary<string, string> EnvironmentOf(BootstrapRequest request)
    {
        Dictionary<string, string> environment = new()
        {
            ["LC_ALL"] = "C",
            ["HOME"] = request.Scratch,
            ["TMPDIR"] = request.Scratch,
            ["DEBIAN_FRONTEND"] = "noninteractive",
            ["DEBCONF_NONINTERACTIVE_SEEN"] = "true",
            ["SOURCE_DATE_EPOCH"] = request.SourceDateEpoch.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        List<string> direct = [];
        foreach (Uri mirror in request.Repositories.Select(MirrorOf).Where(mirror => mirror.Scheme is "http" or "https"))
        {
            if (request.Proxy is { } proxy && !proxy.IsBypassed(mirror) && proxy.GetProxy(mirror) is Uri address)
            {
                environment[$"{mirror.Scheme}_proxy"] = WithCredentials(address, proxy);
            }
            else
            {
                direct.Add(mirror.Host);
            }
        }

        if (environment.ContainsKey("http_proxy") || environment.ContainsKey("https_proxy"))
        {
            environment["no_proxy"] = string.Join(',', direct.Distinct(StringComparer.Ordinal));
        }

        return environment;
    }

    private static string WithCredentials(Uri address, IWebProxy proxy) =>
        address.UserInfo.Length == 0 && proxy.Credentials?.GetCredential(address, "Basic") is { UserName.Length: > 0 } credential
            ? new UriBuilder(address)
            {
                UserName = Uri.EscapeDataString(credential.UserName),
                Password = Uri.EscapeDataString(credential.Password),
            }.Uri.AbsoluteUri
            : address.AbsoluteUri;

    [GeneratedRegex(@"\A[A-Za-z0-9/._+@~-]+\z")]
    private static partial Regex PlainPath();
}
