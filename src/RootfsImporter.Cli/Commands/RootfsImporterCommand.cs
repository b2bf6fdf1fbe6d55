using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;

namespace RootfsImporter.Cli.Commands;

/// <summary>The whole command.</summary>
internal sealed class RootfsImporterCommand : RootCommand, IHasExamples
{
    private const string Text =
        "Builds base images of Linux distributions from their signed package archives, reproducibly, "
        + "without a daemon.";

    /// <summary>The tool's version.</summary>
    public static string Version { get; } =
        typeof(RootfsImporterCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "unknown";

    public RootfsImporterCommand(CommonOptions common, Wiring wiring)
        : base(Text)
    {
        Add(common.Format);
        Add(common.Color);
        Add(new BuildCommand(common, wiring));
        Add(new ScratchCommand(common, wiring));
        Add(new ImportCommand(common, wiring));
        Add(new CopyCommand(common, wiring));
        Add(new ProfilesCommand(common, wiring));
        Add(new DoctorCommand(common, wiring));
        foreach (Option option in Options)
        {
            if (option is HelpOption { Action: HelpAction help })
            {
                option.Description = "Show help";
                option.Action = new ExamplesHelpAction(help);
            }
            else if (option is VersionOption)
            {
                option.Description = "Show the version";
                option.Action = new VersionAction();
            }
        }
    }

    public string Examples =>
        """
        rootfs-importer build ubuntu-24.04    build Ubuntu 24.04 as an OCI layout in ./images
        rootfs-importer scratch ./app         an image of a program and the libraries that it needs
        sudo tar -C noble -c . | rootfs-importer import - --tag noble
        rootfs-importer profiles              list what can be built
        rootfs-importer doctor                say what this host lacks
        """;

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"rootfs-importer {Version}");
            return 0;
        }
    }
}

/// <summary>A command whose help ends with examples.</summary>
internal interface IHasExamples
{
    /// <summary>Command lines and what they do, one a line.</summary>
    string Examples { get; }
}

/// <summary>Help, and the command's examples below it.</summary>
internal sealed class ExamplesHelpAction(HelpAction help) : SynchronousCommandLineAction
{
    /// <summary>Columns of help texts: the same everywhere, so that they can be compared.</summary>
    public const int Width = 110;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        help.MaxWidth = Width;
        int exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string line in command.Examples.Split('\n'))
            {
                output.WriteLine(line.Length > 0 ? $"  {line}" : "");
            }
        }

        return exitCode;
    }
}
