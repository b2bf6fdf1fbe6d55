using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Scratch;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Commands;

/// <summary>The symbols of <c>scratch</c> that make up its request.</summary>
internal sealed class ScratchOptions(CommonOptions common, Wiring wiring)
{
    private static readonly (string Word, ScratchExtra Value)[] Extras =
    [
        ("ca-certificates", ScratchExtra.CaCertificates), ("tzdata", ScratchExtra.Tzdata), ("passwd", ScratchExtra.Passwd),
        ("tmp", ScratchExtra.Tmp),
    ];

    private readonly Argument<string[]> _files = OptionLikeWords.Refuse(new Argument<string[]>("FILE")
    {
        Description = "Programs, libraries, scripts, directories and other files, each with its place in the image when that "
            + "is another: ./app:/usr/bin/app; a word alone is a command",
        HelpName = "FILE[:/PLACE]",
        Arity = ArgumentArity.OneOrMore,
    });

    private readonly Option<string?> _tag = new("--tag")
    {
        Description = "Name of the image [default: that of the first file]",
        HelpName = "NAME[:TAG]",
        CustomParser = ParseName,
    };

    private readonly TargetOptions _targets = new(common, wiring, "NAME");
    private readonly Option<ScratchExtra[]> _with = new("--with")
    {
        Description = $"What to add besides, parted by commas: {string.Join(", ", Extras.Select(extra => extra.Word))}",
        HelpName = "WHAT",
        CustomParser = ParseExtras,
        CompletionSources = { _ => Extras.Select(extra => new CompletionItem(extra.Word)) },
    };

    private readonly Option<string?> _root = new("--root")
    {
        Description = "Directory of the root file system that commands, absolute paths and libraries are taken from [default: /]",
        HelpName = "DIR",
        CustomParser = result => Path.GetFullPath(result.Tokens[^1].Value),
    };

    private readonly Option<string?> _from = new("--from")
    {
        Description = "Profile of the distribution whose packages they are taken from instead; no script of them runs",
        HelpName = "PROFILE",
    };

    private readonly Option<string[]> _packages = new("--package")
    {
        Description = "Package to take files from, with its dependencies; may be given several times "
            + "[default: one that is named as the first file is]",
        HelpName = "PKG",
    };

    private readonly Option<string?> _variant = BuildOptions.VariantOption();
    private readonly Option<ArchitectureChoice?> _architecture =
        ArchitectureChoice.Option("Architecture of the packages [default: the host's]");

    private readonly Option<MirrorArgument[]> _mirrors = BuildOptions.MirrorOption();
    private readonly ImageOptions _image = new();
    private readonly Option<long?> _sourceDateEpoch = BuildOptions.SourceDateEpochOption("that of the newest file");
    private readonly Option<int?> _jobs = BuildOptions.JobsOption();
    private readonly Option<string?> _cacheDirectory = BuildOptions.CacheDirectoryOption();
    private readonly Option<string?> _workDirectory = BuildOptions.WorkDirectoryOption();

    /// <summary>The arguments.</summary>
    public IEnumerable<Argument> Arguments => [_files];

    /// <summary>The options in the order of the help text.</summary>
    public IEnumerable<Option> All =>
    [
        _tag, .. _targets.All, _with, _root, _from, _packages, _variant, _architecture, _mirrors,
        .. _image.All, _sourceDateEpoch, _jobs, _cacheDirectory, _workDirectory,
    ];

    /// <summary>The name of the image as the command line has it: the tag in an OCI layout.</summary>
    public string NameOf(ParseResult parse) => parse.GetValue(_tag) ?? ImageName.LastPart(ReferenceOf(parse));

    /// <summary>The request that a command line means; throws <see cref="ProfileException"/>.</summary>
    public ScratchRequest Request(ParseResult parse)
    {
        CheckTogether(parse);
        string workDirectory = parse.GetValue(_workDirectory) ?? common.WorkDirectory;
        Reference reference = ReferenceOf(parse);
        TargetDefaults defaults = _targets.Defaults(parse, NameOf(parse), reference.WithDefaultTag()) with
        {
            TemporaryDirectory = workDirectory,
        };
        return new ScratchRequest
        {
            Files = [.. parse.GetRequiredValue(_files).Select(ParseFile)],
            WorkingDirectory = Environment.CurrentDirectory,
            Root = parse.GetValue(_root) ?? "/",
            Packages = parse.GetValue(_from) is string from ? Packages(parse, from, defaults, workDirectory) : null,
            With = parse.GetValue(_with) ?? [],
            Image = _image.Changes(parse),
            Targets = _targets.Targets(parse, defaults),
            CacheDirectory = parse.GetValue(_cacheDirectory) ?? common.CacheDirectory,
            Jobs = parse.GetValue(_jobs) ?? Environment.ProcessorCount,
            SourceDateEpoch = parse.GetValue(_sourceDateEpoch) ?? common.SourceDateEpoch,
        };
    }

    private void CheckTogether(ParseResult parse)
    {
        if (parse.GetValue(_from) is not null)
        {
            if (parse.GetValue(_root) is not null)
            {
                throw new ProfileException("--root and --from exclude each other", "leave one of them out");
            }

            return;
        }

        Option[] ofPackages = [_packages, _variant, _architecture, _mirrors];
        if (ofPackages.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } lone)
        {
            throw new ProfileException($"{lone.Name} is given without --from", "add --from PROFILE, or leave it out");
        }
    }

    private ScratchPackages Packages(ParseResult parse, string from, TargetDefaults defaults, string workDirectory)
    {
        Profile profile = BuildOptions.LoadProfile(wiring, common, from, parse.GetValue(_variant));
        Architecture[] architectures = [.. parse.GetValue(_architecture)?.For(profile) ?? [Architecture.Host]];
        if (architectures is not [Architecture architecture])
        {
            throw new ProfileException("a scratch image is for one architecture", "name one with --arch");
        }

        if (!profile.Architectures.Contains(architecture))
        {
            throw new ProfileException(
                $"{profile.Name} is not built for {architecture}",
                $"it is for {string.Join(", ", profile.Architectures)}; name one with --arch");
        }

        string[] names = parse.GetValue(_packages) ?? [];
        PackageTerms.Check(profile.Family, architecture, names, []);
        MirrorArgument.Check(parse.GetValue(_mirrors) ?? [], profile);
        return new ScratchPackages
        {
            Profile = profile,
            Architecture = architecture,
            Names = names,
            Mirrors = BuildOptions.Mirrors(parse.GetValue(_mirrors) ?? [], common),
            Proxy = defaults.Registry.Proxy,
            WorkDirectory = workDirectory,
            MayUseMemory = parse.GetValue(_workDirectory) is null,
        };
    }

    private Reference ReferenceOf(ParseResult parse) => parse.GetValue(_tag) is string name
        ? Reference.Parse(name)
        : ImageName.OfFile(ParseFile(parse.GetRequiredValue(_files)[0]).Source);

    /// <summary>Parts <c>FILE:/PLACE</c>; a colon without a slash behind it belongs to the file's name.</summary>
    private static ScratchFile ParseFile(string text)
    {
        int colon = text.LastIndexOf(":/", StringComparison.Ordinal);
        return colon > 0 ? new ScratchFile(text[..colon], text[(colon + 1)..])
            : text.Length > 0 ? new ScratchFile(text)
            : throw new ProfileException("a file's name is empty", "name a file, or leave it out");
    }

    private static string? ParseName(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (Reference.TryParse(text, out Reference? reference) && reference.Digest is null)
        {
            return text;
        }

        result.AddError($"'{text}' is not the name of an image; expected NAME[:TAG], such as app:1.0");
        return null;
    }

    private static ScratchExtra[] ParseExtras(ArgumentResult result)
    {
        List<ScratchExtra> extras = [];
        foreach (string word in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (Array.FindIndex(Extras, extra => extra.Word == word) is int index and >= 0)
            {
                extras.Add(Extras[index].Value);
            }
            else
            {
                result.AddError(
                    $"'{word}' is nothing that --with knows; expected {string.Join(", ", Extras.Select(extra => extra.Word))}");
            }
        }

        return [.. extras.Distinct()];
    }
}
