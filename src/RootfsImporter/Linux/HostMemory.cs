using System.Globalization;

namespace RootfsImporter.Linux;

/// <summary>How much memory this process may use.</summary>
internal static class HostMemory
{
    /// <summary>
    /// Bytes that can be taken without swapping: MemAvailable of /proc/meminfo (proc(5)), or less where a control group
    /// limits this process; 0 when unknown.
    /// </summary>
    public static long AvailableBytes()
    {
        try
        {
            string? line = File.ReadLines("/proc/meminfo")
                .FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
            string? kibibytes = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            long host = long.TryParse(kibibytes, CultureInfo.InvariantCulture, out long value) ? value * 1024 : 0;
            return Math.Min(host, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
