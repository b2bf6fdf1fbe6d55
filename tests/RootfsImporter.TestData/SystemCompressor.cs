using System.Diagnostics;
using System.IO.Compression;

namespace RootfsImporter.TestData;

/// <summary>
/// Compresses with the system's own programs, so that nothing of the product checks itself.
/// </summary>
public static class SystemCompressor
{
    /// <summary>
    /// Compresses for a file name's ending: nothing, <c>.gz</c>, <c>.xz</c>, <c>.zst</c>, <c>.bz2</c> or
    /// <c>.lzma</c>.
    /// </summary>
    public static byte[] Compress(byte[] content, string extension) => extension switch
    {
        "" => content,
        ".gz" => Gzip(content),
        ".xz" => Run(content, "xz", "-c", "-T1"),
        ".zst" => Run(content, "zstd", "-c", "-q"),
        ".bz2" => Run(content, "bzip2", "-c"),
        ".lzma" => Run(content, "xz", "-c", "--format=lzma"),
        _ => throw new ArgumentException($"no program makes '{extension}'", nameof(extension)),
    };

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream result = new();
        using (GZipStream gzip = new(result, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return result.ToArray();
    }

    private static byte[] Run(byte[] content, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Task feeding = Task.Run(() =>
        {
            using Stream input = process.StandardInput.BaseStream;
            input.Write(content);
        });
        using MemoryStream result = new();
        process.StandardOutput.BaseStream.CopyTo(result);
        feeding.Wait();
        process.WaitForExit();
        return process.ExitCode == 0
            ? result.ToArray()
            : throw new InvalidOperationException($"{program} ended with exit code {process.ExitCode}");
    }
}
