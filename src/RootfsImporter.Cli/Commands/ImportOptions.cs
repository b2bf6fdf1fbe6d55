using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using RootfsImporter.Importing;
using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Commands;

/// <summary>The symbols of <c>import</c> that make up its request.</summary>
internal sealed partial class ImportOptions(CommonOptions common, Wiring wiring)
{
    private const string StandardInput = "-";
    private const string NoName = "imported";

    private readonly Argument<string> _source = OptionLikeWords.Refuse(new Argument<string>("SOURCE")
    {
        Description = "A directory; a tar, plain or compressed with gzip, xz, zstd or bzip2, or - for one on standard "
            + $"input; an OCI layout or an archive of images; or {string.Join(", ", TargetParser.SourceSyntaxes)}",
    });

    private readonly Option<string?> _tag = new("--tag")
    {
        Description = "The image's name where a target does not give it one, and the tag of the default layout "
            + "[default: the name of the file or directory]",
        HelpName = "NAME[:TAG]",
        CustomParser = ParseTag,
    };

    private readonly TargetOptions _targets = new(common, wiring, "NAME");
    private readonly Option<ArchitectureChoice?> _architecture = ArchitectureChoice.Option(
        "Architecture that the tree has to be of, or to take of an index [default: what is found, the host's of an index]");

    private readonly ImageOptions _image = new();
    private readonly Option<bool> _keepAsIs = new("--keep-as-is")
    {
        Description = "Keep the tree as it is, with caches, logs and times: only devices and sockets are left out. "
            + "With --arch it need not be a root file system",
    };

    private readonly Option<long?> _maxSize = new("--max-size")
    {
        Description = "How large an archive, or all layers, may be when uncompressed, with K, M, G or T [default: 64G]",
        HelpName = "SIZE",
        CustomParser = ParseSize,
    };

    private readonly Option<long?> _sourceDateEpoch =
        BuildOptions.SourceDateEpochOption("that of the newest file of a package, else of any file");

    private readonly Option<string?> _cacheDirectory = BuildOptions.CacheDirectoryOption();
    private readonly Option<string?> _workDirectory = new("--work-dir")
    {
        Description = "Where temporary files are made [default: $TMPDIR or /var/tmp]",
        HelpName = "DIR",
        CustomParser = result => Path.GetFullPath(result.Tokens[^1].Value),
    };

    /// <summary>The argument.</summary>
    public Argument<string> Source => _source;

    /// <summary>The options in the order of the help text.</summary>
    public IEnumerable<Option> All =>
    [
        _tag, .. _targets.All, _architecture, .. _image.All, _keepAsIs, _maxSize, _sourceDateEpoch, _cacheDirectory,
        _workDirectory,
    ];

    /// <summary>
    /// The request that a command line means, and the tag that targets get; throws <see cref="ProfileException"/>.
    /// </summary>
    public (ImportRequest Request, string Tag) Request(ParseResult parse)
    {
        string source = parse.GetRequiredValue(_source);
        string workDirectory = parse.GetValue(_workDirectory) ?? common.WorkDirectory;
        (string tag, Reference reference) = Names(source, parse.GetValue(_tag));
        TargetDefaults defaults = _targets.Defaults(parse, tag, reference) with { TemporaryDirectory = workDirectory };
        return (new ImportRequest
        {
            Source = ParseSource(source, defaults),
            Targets = _targets.Targets(parse, defaults),
            Profiles = wiring.ListProfiles(common.ProfileDirectories()),
            Changes = _image.Changes(parse),
            Architecture = Architecture(parse),
            KeepAsIs = parse.GetValue(_keepAsIs),
            MaxBytes = parse.GetValue(_maxSize) ?? 64L << 30,
            SourceDateEpoch = parse.GetValue(_sourceDateEpoch) ?? common.SourceDateEpoch,
            CacheDirectory = parse.GetValue(_cacheDirectory) ?? common.CacheDirectory,
            WorkDirectory = workDirectory,
        }, tag);
    }

    /// <summary>
    /// The tag in a layout, and the name elsewhere. What a file is called loses what its format adds; of a place that has
    /// the image's name, it is that.
    /// </summary>
    internal static (string Tag, Reference Reference) Names(string source, string? given)
    {
        if (given is not null)
        {
            return (given, Reference.Parse(given).WithDefaultTag());
        }

        if (IsPlace(source))
        {
            Reference name = ImageName.OfSource(source);
            return (name.Tag!, name);
        }

        string file = source == StandardInput
            ? NoName
            : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        string stem = Unusual().Replace(Endings().Replace(file.ToLowerInvariant(), ""), "-").Trim('-', '.', '_');
        string usable = Reference.TryParse($"{stem}:latest", out _) ? stem : NoName;
        return (usable, Reference.Parse($"{usable}:latest"));
    }

    private ImportSource ParseSource(string text, TargetDefaults defaults)
    {
        if (text == StandardInput)
        {
            return wiring.IsInputTerminal()
                ? throw new ProfileException(
                    "standard input is a terminal, and no archive comes from there",
                    "send one: sudo tar -C DIR -c . | rootfs-importer import -")
                : new ImportSource.Archive(wiring.OpenStandardInput) { Name = "standard input" };
        }

        if (IsPlace(text))
        {
            return new ImportSource.Image(wiring.ParseSource(text, defaults)) { Name = text };
        }

        string path = Path.GetFullPath(text);
        return Directory.Exists(path) ? new ImportSource.Directory(path) { Name = text }
            : File.Exists(path)
                ? new ImportSource.Archive(
                    () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
                {
                    Name = text,
                }
            : throw new ProfileException(
                $"there is no file or directory '{text}'",
                "name a directory, a tar, - for standard input, or one of "
                    + string.Join(", ", TargetParser.SourceSyntaxes));
    }

    /// <summary>What exists is taken for a file, whatever it is called.</summary>
    private static bool IsPlace(string text) => text != StandardInput && !Path.Exists(text)
        && text.IndexOf(':', StringComparison.Ordinal) is int colon and > 0 && !text.AsSpan(0, colon).Contains('/');

    private Architecture? Architecture(ParseResult parse) => parse.GetValue(_architecture) switch
    {
        null => null,
        { IsAll: false, Named: [Architecture one] } => one,
        _ => throw new ProfileException("a root file system is of one architecture", "give --arch one"),
    };

    private static string? ParseTag(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (Reference.TryParse(text, out Reference? reference) && reference.Digest is null)
        {
            return text;
        }

        result.AddError($"'{text}' is not an image's name: NAME[:TAG], in lower case");
        return null;
    }

    private static long? ParseSize(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        Match match = Size().Match(text);
        int shift = match.Groups["unit"].Value is { Length: > 0 } unit
            ? 10 * ("KMGT".IndexOf(unit[0], StringComparison.Ordinal) + 1)
            : 0;
        if (match.Success
            && long.TryParse(
                match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number > 0 && number <= long.MaxValue >> shift)
        {
            return number << shift;
        }

        result.AddError($"--max-size is a number of bytes, with K, M, G or T for powers of 1024, not '{text}'");
        return null;
    }

    [GeneratedRegex(@"\A(?<number>[0-9]{1,18})(?<unit>[KMGT]?)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Size();

    [GeneratedRegex(@"(\.(tar|gz|xz|zst|bz2|lzma|tgz|txz|tzst|tbz2?|oci|rootfs))+\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Endings();

    [GeneratedRegex("[^a-z0-9._-]+|[._-]{2,}")]
    private static partial Regex Unusual();
}
