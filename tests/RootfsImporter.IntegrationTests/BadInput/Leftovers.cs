using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>What a program that ended left on the host.</summary>
internal static class Leftovers
{
    /// <summary>A time to sleep that no other process sleeps, to know one's own by.</summary>
    public static string UniqueSeconds() =>
        string.Create(CultureInfo.InvariantCulture, $"6{RandomNumberGenerator.GetInt32(100_000_000):d8}").Insert(2, ".");

    /// <summary>The processes whose command line (arguments end with NUL) holds a text, with this line.</summary>
    public static IReadOnlyList<string> Processes(string text) =>
        [.. Running().Where(process => Read($"{process}/cmdline").Contains(text, StringComparison.Ordinal))
            .Select(process => $"{process}: {Read($"{process}/cmdline").Replace('\0', ' ')}")];

    /// <summary>
    /// What of a directory is still in use, a line each: mounts below it in the mount namespace of any process, and
    /// processes that have their root, working directory, or an argument there.
    /// </summary>
    public static IReadOnlyList<string> Of(string directory)
    {
        List<string> found = [];
        foreach (string process in Running())
        {
            found.AddRange(Read($"{process}/mountinfo").Split('\n').Where(line => line.Contains(directory, StringComparison.Ordinal))
                .Select(line => $"{process} sees the mount {line}"));
            found.AddRange(((string[])["root", "cwd"]).Select(link => Link($"{process}/{link}"))
                .Where(target => target.StartsWith(directory, StringComparison.Ordinal))
                .Select(target => $"{process} is in {target}"));
            string command = Read($"{process}/cmdline");
            if (command.Contains(directory, StringComparison.Ordinal))
            {
                found.Add($"{process} runs {command.Replace('\0', ' ')}");
            }
        }

        return found;
    }

    /// <summary>Waits until nothing of a directory is in use any more.</summary>
    public static async Task VanishAsync(string directory, TimeSpan patience)
    {
        Stopwatch watch = Stopwatch.StartNew();
        IReadOnlyList<string> found;
        while ((found = Of(directory)).Count > 0)
        {
            Assert.True(watch.Elapsed < patience, string.Join('\n', found));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static IEnumerable<string> Running() => Directory.EnumerateDirectories("/proc")
        .Where(path => Path.GetFileName(path).All(char.IsAsciiDigit))
        .Where(path => !Read($"{path}/stat").Contains(") Z ", StringComparison.Ordinal));

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
