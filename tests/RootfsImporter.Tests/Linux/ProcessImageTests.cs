using RootfsImporter.Linux;

namespace RootfsImporter.Tests.Linux;

public sealed class ProcessImageTests
{
    [Fact]
    public void What_the_runtime_would_leave_in_the_temporary_directory_is_removed()
    {
        string directory = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } named ? named : "/tmp";
        string own = Path.Combine(directory, $"dotnet-diagnostic-{Environment.ProcessId}-0-socket");
        string others = Path.Combine(directory, $"dotnet-diagnostic-0{Environment.ProcessId}-0-socket");
        File.WriteAllText(own, "");
        File.WriteAllText(others, "");

        ProcessImage.RemoveDiagnosticSockets();

        Assert.False(File.Exists(own));
        Assert.True(File.Exists(others));
        File.Delete(others);
    }
}
