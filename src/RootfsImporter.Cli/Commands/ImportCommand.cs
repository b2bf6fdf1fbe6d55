using System.CommandLine;
using System.Text;
using System.Text.Json;
using RootfsImporter.Cli.Output;
using RootfsImporter.Importing;
using RootfsImporter.Sealing;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>import</c>: a root file system that somebody else made to an image.</summary>
internal sealed class ImportCommand : Command, IHasExamples
{
    private readonly CommonOptions _common;
    private readonly Wiring _wiring;
    private readonly ImportOptions _options;
    private readonly Option<string?> _ledger = BuildCommand.LedgerOption();
    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "Print only the digest, and warnings",
    };

    public ImportCommand(CommonOptions common, Wiring wiring)
        : base("import", "Make an image of a root file system: a directory, a tar, or the layers of an image")
    {
        _common = common;
        _wiring = wiring;
        _options = new ImportOptions(common, wiring);
        Add(_options.Source);
        foreach (Option option in (IEnumerable<Option>)[.. _options.All, _ledger, _quiet])
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    public string Examples =>
        """
        sudo tar -C noble -c . | rootfs-importer import - --tag noble        as `docker import` takes it
        rootfs-importer import alpine-minirootfs-3.20.3-x86_64.tar.gz        a tar, without root
        rootfs-importer import ./rootfs --to docker-daemon:mine:1 --cmd '["/bin/sh"]' --env LANG=C.UTF-8
        docker save app | rootfs-importer import - --to oci:images:app       all layers as one
        rootfs-importer import ./tree --keep-as-is --arch amd64              whatever it is

        The same tree is the same image, as a directory, a tar or a pipe. Only a directory that its user unpacked for himself
        is read in a user namespace, where his files are root's; nothing else needs root.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        (ImportRequest request, string tag) = _options.Request(parse);
        await using IAsyncDisposable? source = (request.Source as ImportSource.Image)?.Source;
        CommandReport report = new(
            parse, _common, _wiring.Clock, parse.GetValue(_quiet) ? Verbosity.Quiet : Verbosity.Normal);
        ResultFile? ledger = ResultFile.Find(parse.GetValue(_ledger));
        bool isOutputTaken = report.IsTakenBy(ledger);
        CheckDestinations(request, tag, ledger);
        if (request.Source is ImportSource.Directory { IsImageLayout: false, Path: string path } && Rootless.OwnsRootOf(path))
        {
            await _wiring.BecomeRootAsync(_common, cancellationToken);
        }

        (ImportResult result, IReadOnlyList<string> warnings, TimeSpan elapsed) = await report.RunAsync(
            events => _wiring.ImportAsync(request, events, cancellationToken));
        ledger?.Write(Encoding.UTF8.GetString(LedgerWriter.Write(result.Ledger)), parse.InvocationConfiguration.Output);
        if (!isOutputTaken)
        {
            report.Write(
                result.Images.Root.Digest,
                () => JsonSerializer.Serialize(ImportDocument.Of(result, warnings), CliJson.Writer.ImportDocument),
                (text, styles) => ImportSummary.Write(text, result, elapsed, styles));
        }

        return 0;
    }

    private static void CheckDestinations(ImportRequest request, string tag, ResultFile? ledger)
    {
        Destinations destinations = new(tag);
        foreach (ImageTarget target in request.Targets)
        {
            destinations.AddTarget(target.Target.Name);
        }

        destinations.AddFile("--ledger", ledger);
    }
}
