using System.CommandLine;
using System.Text.Json;
using RootfsImporter.Cli.Output;
using RootfsImporter.Doctor;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>doctor</c>: what this host has and lacks.</summary>
internal sealed class DoctorCommand : Command, IHasExamples
{
    private readonly CommonOptions _common;
    private readonly Wiring _wiring;
    private readonly Option<string?> _cacheDirectory = BuildOptions.CacheDirectoryOption();
    private readonly Option<string?> _workDirectory = BuildOptions.WorkDirectoryOption();

    public DoctorCommand(CommonOptions common, Wiring wiring)
        : base("doctor", "Say what this host has and lacks, with the command that mends it")
    {
        _common = common;
        _wiring = wiring;
        Add(_cacheDirectory);
        Add(_workDirectory);
        SetAction(RunAsync);
    }

    public string Examples =>
        """
        rootfs-importer doctor                  for the user who asks: try it with and without sudo
        rootfs-importer doctor --format json    for programs

        Exit codes: 0 when images can be built here, 9 when something necessary is missing.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        DoctorRequest request = new()
        {
            CacheDirectory = parse.GetValue(_cacheDirectory) ?? _common.CacheDirectory,
            WorkDirectory = parse.GetValue(_workDirectory) ?? _common.WorkDirectory,
            DockerHost = _common.DockerHost,
            ContainerdAddress = _common.ContainerdAddress,
        };
        DoctorReport report = await _wiring.ExamineHostAsync(
            new Host { SearchPath = _common.SearchPath }, request, cancellationToken);
        TextWriter output = parse.InvocationConfiguration.Output;
        if (parse.GetValue(_common.Format) == OutputFormat.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new DoctorDocument(report.IsReady, report.Checks), CliJson.Writer.DoctorDocument));
        }
        else
        {
            DoctorTable.Write(output, report, new Styles(_common.UsesOutputColor(parse.GetValue(_common.Color))));
        }

        const int HostExitCode = 9;
        return report.IsReady ? 0 : HostExitCode;
    }
}
