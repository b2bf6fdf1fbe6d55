using System.Text;

namespace RootfsImporter.Cli.Output;

/// <summary>How much is told while a build runs.</summary>
internal enum Verbosity
{
    /// <summary>Warnings and errors only.</summary>
    Quiet,

    /// <summary>Stages and downloads.</summary>
    Normal,

    /// <summary>Details, and every line that commands inside the rootfs print.</summary>
    Verbose,
}

/// <summary>Lines that came from somewhere else, made fit for a terminal.</summary>
internal static class TerminalText
{
    /// <summary>
    /// A line without control characters, so that nothing a package prints can move the cursor or change
    /// colours; where a program wrote over its own line (with carriage returns), what was last to be seen.
    /// </summary>
    public static string Clean(string line)
    {
        string last = line.TrimEnd('\r');
        last = last[(last.LastIndexOf('\r') + 1)..];
        StringBuilder text = new(last.Length);
        for (int i = 0; i < last.Length; i++)
        {
            if (last[i] == '\u001b')
            {
                i = EndOfSequence(last, i);
            }
            else if (last[i] == '\t')
            {
                text.Append(' ');
            }
            else if (!char.IsControl(last[i]))
            {
                text.Append(last[i]);
            }
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>
    /// ECMA-48, 5.4: a control sequence is ESC [ , parameters, and a final byte from @ to ~.
    /// </summary>
    private static int EndOfSequence(string text, int escape)
    {
        int i = escape + 1;
        if (i >= text.Length || text[i] != '[')
        {
            return Math.Min(i, text.Length - 1);
        }

        do
        {
            i++;
        }
        while (i < text.Length && text[i] is < '@' or > '~');
        return i;
    }
}
