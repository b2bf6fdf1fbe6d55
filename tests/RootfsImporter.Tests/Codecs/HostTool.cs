using System.Diagnostics;

namespace RootfsImporter.Tests.Codecs;

/// <summary>
/// Runs a program of the host that knows a format better than we do; skips the test where it is missing.
/// </summary>
internal static class HostTool
{
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        string? path = new[] { "/usr/bin", "/bin" }
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{program} is not on this host");
        ProcessStartInfo start = new(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program}: {process.ExitCode}: {await error}");
        return await output;
    }
}
