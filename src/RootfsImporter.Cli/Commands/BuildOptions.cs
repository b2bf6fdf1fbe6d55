using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Commands;

/// <summary>The symbols of <c>build</c> that make up its request.</summary>
internal sealed class BuildOptions(CommonOptions common, Wiring wiring)
{
    private readonly Argument<string> _profile = ProfileArgument();
    private readonly Option<string?> _variant = VariantOption();
    private readonly Option<ArchitectureChoice?> _architectures = ArchitectureChoice.Option(
        "Architectures to build, parted by commas: amd64,arm64 ..., or all that the profile has; several "
            + "are delivered as one index [default: the host's]");

    private readonly Option<bool> _allowVersionSkew = new("--allow-version-skew")
    {
        Description = "Only warn when a package has different versions in the architectures of an index",
    };

    private readonly TargetOptions _targets = new(common, wiring, "PROFILE");
    private readonly Option<MirrorArgument[]> _mirrors = MirrorOption();

    private readonly Option<string[]> _include = new("--include")
    {
        Description = "Package to add, with its dependencies: curl, 'curl=8.5.0-2', 'hello (>= 2)'; "
            + "may be given several times",
        HelpName = "PKG",
    };

    private readonly Option<string[]> _exclude = new("--exclude")
    {
        Description = "Package that must not be there; may be given several times",
        HelpName = "PKG",
    };

    private readonly Option<BuildEngine> _engine = Choice.Option(
        "--engine", "What makes the tree of packages: this program, or one of the host",
        [
            ("native", BuildEngine.Native),
            ("mmdebstrap", BuildEngine.Mmdebstrap),
            ("debootstrap", BuildEngine.Debootstrap),
        ]);

    private readonly Option<PhasedUpdates?> _phasedUpdates = Choice.Nullable(
        "--phased-updates", "Which phased updates are taken [default: the profile's]",
        [
            ("include", PhasedUpdates.Include),
            ("exclude", PhasedUpdates.Exclude),
            ("exclude-halted", PhasedUpdates.ExcludeHalted),
        ]);

    private readonly Option<long?> _sourceDateEpoch = SourceDateEpochOption("when the archives were published");
    private readonly Option<int?> _jobs = JobsOption();

    private readonly Option<string?> _cacheDirectory = CacheDirectoryOption();
    private readonly Option<string?> _workDirectory = WorkDirectoryOption();
    private readonly Option<bool> _noReuse = new("--no-reuse")
    {
        Description = "Build anew even when nothing has changed since an earlier build",
    };

    /// <summary>The arguments.</summary>
    public IEnumerable<Argument> Arguments => [_profile];

    /// <summary>The options in the order of the help text.</summary>
    public IEnumerable<Option> All =>
    [
        .. _targets.All, _architectures, _allowVersionSkew, _variant, _include, _exclude,
        _mirrors, _engine, _phasedUpdates, _sourceDateEpoch, _jobs, _cacheDirectory, _workDirectory, _noReuse,
    ];

    /// <summary>The profile's argument.</summary>
    public static Argument<string> ProfileArgument() => OptionLikeWords.Refuse(new Argument<string>("PROFILE")
    {
        Description = "A profile's name (see `rootfs-importer profiles`), or the path of a profile file",
    });

    /// <summary><c>--variant</c>.</summary>
    public static Option<string?> VariantOption() => new("--variant")
    {
        Description = "Variant of the profile: slim, minirootfs",
        HelpName = "NAME",
    };

    /// <summary><c>--mirror</c>.</summary>
    public static Option<MirrorArgument[]> MirrorOption() => new("--mirror")
    {
        Description = "Mirror to try first, for the archive of that name in the profile [default: main]; "
            + "may be given several times",
        HelpName = "[ARCHIVE=]URL",
        CustomParser = MirrorArgument.ParseAll,
    };

    /// <summary><c>--source-date-epoch</c>.</summary>
    /// <param name="otherwise">What the time is when neither the option nor the environment says.</param>
    public static Option<long?> SourceDateEpochOption(string otherwise) => new("--source-date-epoch")
    {
        Description = $"Newest time in the image, seconds since 1970 UTC [default: SOURCE_DATE_EPOCH, or {otherwise}]",
        HelpName = "SECONDS",
        CustomParser = ParseEpoch,
    };

    /// <summary><c>--jobs</c>.</summary>
    public static Option<int?> JobsOption() => new("--jobs")
    {
        Description = "How many packages are worked on at once [default: the number of processors]",
        HelpName = "N",
        CustomParser = ParseJobs,
    };

    /// <summary>The mirrors of the command line, then the environment's, by archive.</summary>
    public static Dictionary<string, IReadOnlyList<Uri>> Mirrors(MirrorArgument[] named, CommonOptions common) =>
        named.Concat(common.Mirrors())
            .GroupBy(mirror => mirror.Archive, mirror => mirror.Address)
            .ToDictionary(
                archive => archive.Key, archive => (IReadOnlyList<Uri>)[.. archive], StringComparer.Ordinal);

    /// <summary><c>--cache-dir</c>.</summary>
    public static Option<string?> CacheDirectoryOption() => new("--cache-dir")
    {
        Description = "Where downloads are kept [default: $XDG_CACHE_HOME/rootfs-importer]",
        HelpName = "DIR",
        CustomParser = ParsePath,
    };

    /// <summary><c>--work-dir</c>.</summary>
    public static Option<string?> WorkDirectoryOption() => new("--work-dir")
    {
        Description = "Where the temporary tree is made "
            + "[default: memory when plentiful, else $TMPDIR or /var/tmp]",
        HelpName = "DIR",
        CustomParser = ParsePath,
    };

    /// <summary>Loads what the user names; throws <see cref="ProfileException"/>.</summary>
    public static Profile LoadProfile(Wiring wiring, CommonOptions common, string nameOrPath, string? variant)
    {
        if (variant is { Length: 0 })
        {
            throw new ProfileException("the variant's name is empty", "leave --variant out, or name one: --variant slim");
        }

        if (ProfileLocator.IsPath(nameOrPath) && Directory.Exists(nameOrPath))
        {
            throw new ProfileException($"{nameOrPath} is a directory, not a profile file", "name a .yaml file in it");
        }

        try
        {
            return wiring.LoadProfile(nameOrPath, variant, common.ProfileDirectories());
        }
        catch (ProfileException e) when (
            e.Message.StartsWith("unknown profile ", StringComparison.Ordinal)
            && File.Exists(nameOrPath + ProfileFile.Extension))
        {
            throw new ProfileException(e.Message, $"did you mean './{nameOrPath}{ProfileFile.Extension}'?", e);
        }
    }

    /// <summary>A profile's name with its variant, which is the tag in an OCI layout.</summary>
    public static string NameOf(Profile profile) =>
        profile.Variant is null ? profile.Name : $"{profile.Name}-{profile.Variant}";

    /// <summary>The request that a command line means; throws <see cref="ProfileException"/>.</summary>
    public BuildRequest Request(ParseResult parse)
    {
        Profile profile = LoadProfile(
            wiring, common, parse.GetRequiredValue(_profile), parse.GetValue(_variant));
        string name = NameOf(profile);
        IReadOnlyList<Architecture> architectures = parse.GetValue(_architectures)?.For(profile) ?? [Architecture.Host];
        foreach (Architecture architecture in architectures)
        {
            PackageTerms.Check(
                profile.Family, architecture, parse.GetValue(_include) ?? [], parse.GetValue(_exclude) ?? []);
        }

        MirrorArgument.Check(parse.GetValue(_mirrors) ?? [], profile);
        Reference reference = ImageName.Of(
            profile,
            isShipped: common.IsShipped(parse.GetRequiredValue(_profile), profile.Name),
            isChanged: parse.GetValue(_include) is { Length: > 0 } || parse.GetValue(_exclude) is { Length: > 0 });
        string workDirectory = parse.GetValue(_workDirectory) ?? common.WorkDirectory;
        TargetDefaults defaults = _targets.Defaults(parse, name, reference) with { TemporaryDirectory = workDirectory };
        return new BuildRequest
        {
            Profile = profile with { Packages = Packages(parse, profile.Packages) },
            Architectures = architectures,
            OpenBase = (name, directory) => wiring.ParseSource(name, defaults with { BaseDirectory = directory }),
            Engine = parse.GetValue(_engine),
            SearchPath = common.SearchPath,
            MayVersionsDiffer = parse.GetValue(_allowVersionSkew),
            Targets = _targets.Targets(parse, defaults),
            Mirrors = Mirrors(parse.GetValue(_mirrors) ?? [], common),
            Proxy = defaults.Registry.Proxy,
            CacheDirectory = parse.GetValue(_cacheDirectory) ?? common.CacheDirectory,
            WorkDirectory = workDirectory,
            MayUseMemory = parse.GetValue(_workDirectory) is null,
            Jobs = parse.GetValue(_jobs) ?? Environment.ProcessorCount,
            SourceDateEpoch = parse.GetValue(_sourceDateEpoch) ?? common.SourceDateEpoch,
            NoReuse = parse.GetValue(_noReuse),
        };
    }

    /// <summary>What is odd, but no reason not to build.</summary>
    public IEnumerable<string> Warnings(Profile profile) => common.Mirrors()
        .Where(mirror => !profile.Archives.ContainsKey(mirror.Archive))
        .Select(mirror => $"the environment names a mirror of '{mirror.Archive}' ({mirror.Address}), "
            + $"an archive that {profile.Name} does not have");

    private PackageSelection Packages(ParseResult parse, PackageSelection selection) => selection with
    {
        Include = [.. selection.Include, .. parse.GetValue(_include) ?? []],
        Exclude = [.. selection.Exclude, .. parse.GetValue(_exclude) ?? []],
        PhasedUpdates = parse.GetValue(_phasedUpdates) ?? selection.PhasedUpdates,
    };

    private static string ParsePath(ArgumentResult result) => Path.GetFullPath(result.Tokens[^1].Value);

    private static int? ParseJobs(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int jobs) && jobs > 0)
        {
            return jobs;
        }

        result.AddError($"--jobs is a whole number of at least 1, not '{text}'");
        return null;
    }

    private static long? ParseEpoch(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (CommonOptions.TryParseEpoch(text, out long seconds))
        {
            return seconds;
        }

        result.AddError($"--source-date-epoch is {CommonOptions.ExpectedEpoch}, not '{text}'");
        return null;
    }
}
