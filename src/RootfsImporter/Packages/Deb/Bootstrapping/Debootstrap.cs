using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb.Bootstrapping;

/// <summary>
/// debootstrap(8): a shell script that chooses by itself, from one suite. Its <c>--extra-suites</c> is not used: a package that
/// several suites have is taken from the first (debootstrap 1.0.128, of Ubuntu 24.04 with its updates: libc6 of the release),
/// and the installation then fails.
/// </summary>
internal sealed class Debootstrap : IBootstrapper
{
    private const string Scripts = "/usr/share/debootstrap/scripts";

    /// <inheritdoc/>
    public string Program => "debootstrap";

    /// <summary>It makes device nodes, which root of a user namespace may not (user_namespaces(7)).</summary>
    public bool NeedsHostRoot => true;

    /// <inheritdoc/>
    public IReadOnlyList<SealRule> SealRules { get; } =
    [
        .. BootstrapRules.SealRules,
        new SealRule.Remove(["var/lib/dpkg/available", "var/lib/dpkg/cmethopt"])
        {
            Name = "bootstrap-available",
            Why = "the index of the archive as dselect reads it, and which way dselect would go",
            UnpackagedOnly = true,
        },
    ];

    /// <inheritdoc/>
    public RootPath ControlFiles => BootstrapRules.ControlFiles;

    /// <inheritdoc/>
    public BootstrapCommand Command(BootstrapRequest request)
    {
        BootstrapRules.Check(Program, request);
        PackageSelection packages = request.Profile.Packages;
        if (packages.Pin.Count > 0)
        {
            throw BootstrapRules.Cannot(Program, $"pin versions ({string.Join(", ", packages.Pin.Keys)})");
        }

        if (packages.Recommends)
        {
            throw BootstrapRules.Cannot(Program, "follow recommendations (recommends: true)");
        }

        if (packages.PhasedUpdates != PhasedUpdates.Include)
        {
            throw BootstrapRules.Cannot(Program, "look at phases (phasedUpdates: exclude)");
        }

        Repository release = request.Repositories[0];
        return new BootstrapCommand
        {
            Arguments =
            [
                .. Variant(packages), $"--arch={request.Architecture.Deb}",
                $"--components={string.Join(',', release.Components)}", .. Names("include", Includes(request)),
                .. Names("exclude", packages.Exclude),
                request.Profile.UsrMerge == UsrMerge.None ? "--no-merged-usr" : "--merged-usr",
                "--force-check-gpg", $"--keyring={request.Scratch}/{BootstrapRules.Keyring}", release.Pocket.Suite,
                request.Root, BootstrapRules.MirrorOf(release).AbsoluteUri.TrimEnd('/'), .. Script(request.Profile, release),
            ],
            Environment = BootstrapRules.EnvironmentOf(request),
            Files = new Dictionary<string, byte[]>
            {
                [BootstrapRules.Keyring] = BootstrapRules.KeyringOf([release]),
            },
            Warnings = request.Repositories.Count == 1
                ? []
                :
                [
                    $"debootstrap reads one suite, {release.Pocket.Suite}: nothing comes from "
                        + string.Join(", ", request.Repositories.Skip(1).Select(repository => repository.Pocket.Suite))
                        + ", security updates included",
                ],
        };
    }

    /// <summary>Without a variant it takes the priorities required and important.</summary>
    private IReadOnlyList<string> Variant(PackageSelection packages) =>
        packages.Priorities.Order(StringComparer.Ordinal).ToArray() switch
        {
            ["required"] => ["--variant=minbase"],
            ["important", "required"] => [],
            _ => throw BootstrapRules.Cannot(
                Program, "make a system of other priorities than 'required', or 'required' and 'important'"),
        };

    private IReadOnlyList<string> Includes(BootstrapRequest request) =>
        BootstrapRules.Included(Program, request, (name, version) => version is null ? name : null);

    private static IEnumerable<string> Names(string option, IReadOnlyList<string> names) =>
        names.Count > 0 ? [$"--{option}={string.Join(',', names)}"] : [];

    /// <summary>The script of the whole distribution: a release newer than the host's debootstrap has no name there yet.</summary>
    private static IEnumerable<string> Script(Profile profile, Repository release) =>
        profile.Archives.GetValueOrDefault(release.Pocket.Archive)?.DebootstrapScript is string script
            ? [$"{Scripts}/{script}"]
            : [];
}
