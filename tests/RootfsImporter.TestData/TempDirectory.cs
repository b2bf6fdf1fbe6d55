namespace RootfsImporter.TestData;

/// <summary>A new, empty directory that is removed with all that is in it.</summary>
public sealed class TempDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rootfs-importer-test-");

    public string FullPath => _directory.FullName;

    /// <summary>The absolute path of something inside.</summary>
    public string this[string relativePath] => Path.Combine(FullPath, relativePath);

    /// <summary>Writes a file, making its directories; returns its absolute path.</summary>
    public string Write(string relativePath, ReadOnlySpan<byte> content)
    {
        string path = this[relativePath];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string relativePath, string content) =>
        Write(relativePath, System.Text.Encoding.UTF8.GetBytes(content));

    public void Dispose() => _directory.Delete(recursive: true);
}
