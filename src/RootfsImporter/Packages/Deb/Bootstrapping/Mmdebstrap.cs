using System.Text;
using System.Text.RegularExpressions;
using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Installing;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb.Bootstrapping;

/// <summary>
/// mmdebstrap(1): apt of the host chooses, downloads and unpacks. In root mode it works as root of a user namespace, too.
/// </summary>
internal sealed partial class Mmdebstrap : IBootstrapper
{
    /// <summary>Its own way to a merged /usr by usr-is-merged, which would else be told to convert nothing by usrmerge.</summary>
    private const string MergedUsrHooks = "/usr/share/mmdebstrap/hooks/merged-usr";
    private const string UsrIsMerged = "usr-is-merged";
    private const string Preferences = "preferences";

    /// <inheritdoc/>
    public string Program => "mmdebstrap";

    /// <inheritdoc/>
    public bool NeedsHostRoot => false;

    /// <inheritdoc/>
    public IReadOnlyList<SealRule> SealRules => BootstrapRules.SealRules;

    /// <inheritdoc/>
    public RootPath ControlFiles => BootstrapRules.ControlFiles;

    /// <inheritdoc/>
    public BootstrapCommand Command(BootstrapRequest request)
    {
        BootstrapRules.Check(Program, request);
        Dictionary<string, byte[]> files = new()
        {
            [BootstrapRules.Keyring] = BootstrapRules.KeyringOf(request.Repositories),
        };
        string preferences = PreferencesOf(request.Profile.Packages);
        if (preferences.Length > 0)
        {
            files[Preferences] = Encoding.UTF8.GetBytes(preferences);
        }

        return new BootstrapCommand
        {
            Arguments =
            [
                "--mode=root", "--format=directory", $"--variant={Variant(request.Profile.Packages)}",
                $"--architectures={request.Architecture.Deb}", .. Includes(request), .. AptOptions(request.Profile.Packages),
                .. Hooks(request, preferences.Length > 0), request.Profile.Suite, request.Root,
                .. request.Repositories.Select(repository => Source(repository, request)),
            ],
            Environment = BootstrapRules.EnvironmentOf(request),
            Files = files,
        };
    }

    /// <summary>Its variants by priority; "minbase" is "required" and apt.</summary>
    private string Variant(PackageSelection packages) => packages.Priorities.Order(StringComparer.Ordinal).ToArray() switch
    {
        [] => "essential",
        ["required"] => packages.Include.Contains("apt") ? "minbase" : "required",
        ["important", "required"] => "important",
        ["important", "required", "standard"] => "standard",
        _ => throw BootstrapRules.Cannot(
            Program, $"make a system of the priorities {string.Join(", ", packages.Priorities)} without those between"),
    };

    private IEnumerable<string> Includes(BootstrapRequest request)
    {
        IReadOnlyList<string> included = BootstrapRules.Included(
            Program, request, (name, version) => version is null ? name : $"{name}={version}");
        return included.Count > 0 ? [$"--include={string.Join(',', included)}"] : [];
    }

    /// <summary>
    /// Downloads are made as root, since apt's own user cannot come to the directory of a build, which only its owner may
    /// enter. Outside of a chroot apt would ask this machine's id which phased updates are its turn (apt_preferences(5)).
    /// </summary>
    private static IEnumerable<string> AptOptions(PackageSelection packages)
    {
        yield return "--aptopt=APT::Sandbox::User \"root\"";
        yield return $"--aptopt=APT::Get::{(packages.PhasedUpdates == PhasedUpdates.Include ? "Always" : "Never")}"
            + "-Include-Phased-Updates \"true\"";
        if (packages.Recommends)
        {
            yield return "--aptopt=APT::Install-Recommends \"true\"";
        }
    }

    private static IEnumerable<string> Hooks(BootstrapRequest request, bool hasPreferences)
    {
        UsrMerge merge = request.Profile.UsrMerge;
        if (merge == UsrMerge.Bootstrapped && request.Profile.Packages.Include.Contains(UsrIsMerged))
        {
            yield return $"--hook-dir={MergedUsrHooks}";
        }
        else if (merge == UsrMerge.Bootstrapped)
        {
            yield return $"--setup-hook=for d in {string.Join(' ', UsrMergeLinks.For(merge, request.Architecture))}; do "
                + "mkdir -p \"$1/usr/$d\" && ln -s \"usr/$d\" \"$1/$d\"; done";
        }

        if (hasPreferences)
        {
            // The name of its other settings, so that it is removed as they are.
            yield return "--setup-hook=mkdir -p \"$1/etc/apt/preferences.d\" && "
                + $"cp {request.Scratch}/{Preferences} \"$1/etc/apt/preferences.d/99mmdebstrap\"";
        }
    }

    /// <summary>What the profile pins and excludes (apt_preferences(5)).</summary>
    private string PreferencesOf(PackageSelection packages)
    {
        StringBuilder text = new();
        foreach ((string name, string version) in packages.Pin.OrderBy(pin => pin.Key, StringComparer.Ordinal))
        {
            text.Append($"Package: {Word(name)}\nPin: version {Word(version)}\nPin-Priority: 1001\n\n");
        }

        foreach (string name in packages.Exclude)
        {
            text.Append($"Package: {Word(name)}\nPin: release *\nPin-Priority: -1\n\n");
        }

        return text.ToString();
    }

    private string Word(string text) => PlainWord().IsMatch(text)
        ? text
        : throw BootstrapRules.Cannot(Program, $"be told of '{text}', which is no package's name or version");

    /// <summary>Packages of a local mirror are copied (apt-transport-mirror(1) has no other way into a chroot).</summary>
    private static string Source(Repository repository, BootstrapRequest request)
    {
        Uri mirror = BootstrapRules.MirrorOf(repository);
        string address = mirror.IsFile ? $"copy://{mirror.AbsolutePath}" : mirror.AbsoluteUri;
        return $"deb [signed-by={request.Scratch}/{BootstrapRules.Keyring}] {address} {repository.Pocket.Suite} "
            + string.Join(' ', repository.Components);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9.+:~_-]+\z")]
    private static partial Regex PlainWord();
}
