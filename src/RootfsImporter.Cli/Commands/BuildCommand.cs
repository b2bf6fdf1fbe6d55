using System.CommandLine;
using System.Text.Json;
using RootfsImporter.Cli.Output;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>build</c>: a profile to an image.</summary>
internal sealed class BuildCommand : Command, IHasExamples
{
    private readonly CommonOptions _common;
    private readonly Wiring _wiring;
    private readonly BuildOptions _options;
    private readonly Option<string?> _ledger = LedgerOption(", for several architectures by platform");

    private readonly Option<string?> _packageList = new("--package-list")
    {
        Description = "Write the packages to a file, a line each: name, version and architecture, parted by tabs, "
            + "for several architectures after the platform; with --quiet, - prints them in place of the digest",
        HelpName = "FILE",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "Print only the digest of the image or index, and warnings",
    };

    private readonly Option<bool> _verbose = new("--verbose", "-v")
    {
        Description = "Print details, and all that maintainer scripts print",
    };

    public BuildCommand(CommonOptions common, Wiring wiring)
        : base("build", "Build an image of a distribution release")
    {
        _common = common;
        _wiring = wiring;
        _options = new BuildOptions(common, wiring);
        foreach (Argument argument in _options.Arguments)
        {
            Add(argument);
        }

        foreach (Option option in (IEnumerable<Option>)[.. _options.All, _ledger, _packageList, _quiet, _verbose])
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if (result.GetValue(_quiet) && result.GetValue(_verbose))
            {
                result.AddError("--quiet and --verbose exclude each other");
            }
        });
        SetAction(RunAsync);
    }

    /// <summary><c>--ledger</c>.</summary>
    /// <param name="detail">What follows the form of the file, or nothing.</param>
    public static Option<string?> LedgerOption(string detail = "") => new("--ledger")
    {
        Description = $"Write what sealing removed, rewrote and added to a file, as JSON{detail}; "
            + "with --quiet, - prints it in place of the digest",
        HelpName = "FILE",
    };

    public string Examples =>
        """
        rootfs-importer build ubuntu-24.04                                   an OCI layout in ./images
        rootfs-importer build debian-13 --variant slim --to docker-archive:debian.tar
        rootfs-importer build ubuntu-24.04 --to docker-daemon:ubuntu:24.04   straight into the Docker Engine
        rootfs-importer build debian-13 --arch amd64,arm64                   an index of two architectures
        rootfs-importer build debian-12 --include curl --include ca-certificates
        rootfs-importer build debian-12 --mirror https://mirror.example/debian/ --quiet

        Exit codes: 0 done, 1 defect of this tool, 2 wrong profile or option, 3 packages cannot be resolved,
        4 not fetched, 5 not verified, 6 malformed package, 7 command in the rootfs failed, 8 not delivered,
        9 the host lacks something (see `rootfs-importer doctor`), 130 cancelled.
        With --format json one document is printed in any case: the result, or {"error":{"message","hint","exitCode"}}.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        BuildRequest request = _options.Request(parse);
        CommandReport report = new(
            parse, _common, _wiring.Clock,
            parse.GetValue(_quiet) ? Verbosity.Quiet : parse.GetValue(_verbose) ? Verbosity.Verbose : Verbosity.Normal);
        ResultFile? ledger = ResultFile.Find(parse.GetValue(_ledger));
        ResultFile? packageList = ResultFile.Find(parse.GetValue(_packageList));
        bool isOutputTaken = report.IsTakenBy(ledger) | report.IsTakenBy(packageList);
        CheckDestinations(request, ledger, packageList);
        await _wiring.BecomeRootAsync(_common, cancellationToken);
        (BuildResult result, IReadOnlyList<string> warnings, TimeSpan elapsed) = await report.RunAsync(
            events => _wiring.BuildAsync(request, events, cancellationToken), _options.Warnings(request.Profile));
        TextWriter output = parse.InvocationConfiguration.Output;
        ledger?.Write(ResultLists.Ledger(result), output);
        packageList?.Write(ResultLists.Packages(result), output);
        if (!isOutputTaken)
        {
            report.Write(
                result.Images.Root.Digest,
                () => JsonSerializer.Serialize(BuildDocument.Of(result, warnings), CliJson.Writer.BuildDocument),
                (text, styles) => BuildSummary.Write(text, result, elapsed, styles));
        }

        return 0;
    }

    private static void CheckDestinations(BuildRequest request, ResultFile? ledger, ResultFile? packageList)
    {
        Destinations destinations = new(BuildOptions.NameOf(request.Profile));
        foreach (ImageTarget target in request.Targets)
        {
            destinations.AddTarget(target.Target.Name);
        }

        destinations.AddFile("--ledger", ledger);
        destinations.AddFile("--package-list", packageList);
    }
}
