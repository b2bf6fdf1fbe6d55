using System.Text;
using RootfsImporter.Linux;
using Spectre.Console;

namespace RootfsImporter.Cli.Output;

/// <summary>
/// Standard error as a terminal. Spectre.Console itself asks for the size of standard output, which may be a
/// file while the progress is shown on the screen.
/// </summary>
internal sealed class ErrorTerminal(TextWriter writer) : IAnsiConsoleOutput
{
    /// <inheritdoc/>
    public TextWriter Writer => writer;

    /// <inheritdoc/>
    public bool IsTerminal => true;

    /// <inheritdoc/>
    public int Width => Terminal.Size(Terminal.StandardError)?.Columns ?? 80;

    /// <inheritdoc/>
    public int Height => Terminal.Size(Terminal.StandardError)?.Rows ?? 24;

    /// <inheritdoc/>
    public void SetEncoding(Encoding encoding)
    {
        // The writer was made with its encoding.
    }

    /// <summary>A console that writes to standard error.</summary>
    public static IAnsiConsole Open(TextWriter writer, bool isColored) =>
        Create(new ErrorTerminal(writer), isColored);

    /// <summary>
    /// A console that writes control sequences to an output, whatever the environment says.
    /// </summary>
    internal static IAnsiConsole Create(IAnsiConsoleOutput output, bool isColored) => AnsiConsole.Create(
        new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            // The sixteen colours, which people have chosen to be able to read.
            ColorSystem = isColored ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = output,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
}
