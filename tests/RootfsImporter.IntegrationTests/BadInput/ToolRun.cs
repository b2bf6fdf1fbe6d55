using System.Text.Json;
using RootfsImporter.Linux;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>How one run of the program ended, as its user sees it.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string ErrorOutput)
{
    private const string ErrorMark = "error: ";
    private const string HintMark = "hint: ";

    public ToolRun(ChildResult result) : this(result.ExitCode, result.Output, result.ErrorOutput)
    {
    }

    /// <summary>What it says can be done; empty when it says nothing.</summary>
    public string Hint => ErrorOutput.Split('\n').FirstOrDefault(
        line => line.StartsWith(HintMark, StringComparison.Ordinal), "");

    /// <summary>Asserts success; the image's digest.</summary>
    public string Digest()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{ErrorOutput}");
        using JsonDocument document = JsonDocument.Parse(Output);
        return document.RootElement.GetProperty("digest").GetString()!;
    }

    /// <summary>Asserts that it says that it was cancelled, and nothing else went wrong.</summary>
    public void IsCancelled()
    {
        string[] errors = [.. ErrorOutput.Split('\n').Where(line => line.StartsWith(ErrorMark, StringComparison.Ordinal))];
        Assert.Equal([ErrorMark + "cancelled"], errors);
        Assert.DoesNotContain("\n   at ", ErrorOutput, StringComparison.Ordinal);
    }

    /// <summary>
    /// Asserts one error with the exit code of its class, whose message (from its first line to the hint) has all these
    /// parts, and one hint; and that it is no defect of the program.
    /// </summary>
    public void IsError(int exitCode, params string[] parts)
    {
        Assert.True(exitCode == ExitCode, $"expected exit code {exitCode}, found {ExitCode}\n{ErrorOutput}");
        string[] lines = ErrorOutput.Split('\n');
        Assert.True(lines.Count(line => line.StartsWith(ErrorMark, StringComparison.Ordinal)) == 1, ErrorOutput);
        Assert.True(lines.Count(line => line.StartsWith(HintMark, StringComparison.Ordinal)) == 1, ErrorOutput);
        Assert.DoesNotContain("\n   at ", ErrorOutput, StringComparison.Ordinal);
        int start = Array.FindIndex(lines, line => line.StartsWith(ErrorMark, StringComparison.Ordinal));
        int end = Array.FindIndex(lines, line => line.StartsWith(HintMark, StringComparison.Ordinal));
        Assert.True(start < end, ErrorOutput);
        string message = string.Join('\n', lines[start..end]);
        foreach (string part in parts)
        {
            Assert.True(message.Contains(part, StringComparison.Ordinal), $"expected '{part}', found\n{ErrorOutput}");
        }

        Assert.True(lines[end].Length > HintMark.Length + 10, ErrorOutput);
    }
}
