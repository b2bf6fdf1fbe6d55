using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Linux;

public sealed class ProcessImageTests
{
    [Fact]
    public void What_the_runtime_would_leave_in_the_temporary_directory_is_removed()
    {
        using TempDirectory temp = new();
        string directory = temp.FullPath;
        string own = Path.Combine(directory, $"dotnet-diagnostic-{Environment.ProcessId}-0-socket");
        string others = Path.Combine(directory, $"dotnet-diagnostic-0{Environment.ProcessId}-0-socket");
        File.WriteAllText(own, "");
        File.WriteAllText(others, "");

        ProcessImage.RemoveDiagnosticSockets(directory);

        Assert.False(File.Exists(own));
        Assert.True(File.Exists(others));
    }
}
