namespace RootfsImporter.TestData;

/// <summary>
/// Files that Alpine itself published, which are not part of this repository: in <c>shared/alpine</c> beside the checkout,
/// or where the environment variable <c>ROOTFS_IMPORTER_ALPINE</c> says.
/// </summary>
public static class SharedAlpine
{
    /// <summary>What a test says that had to leave its check of Alpine's own files out.</summary>
    public static string Reason { get; } =
        "left out: Alpine's own files are not in shared/alpine beside the checkout, nor named by ROOTFS_IMPORTER_ALPINE";

    /// <summary>The directory, or null.</summary>
    public static string? Directory { get; } = Find();

    /// <summary>A file, or null when there are none.</summary>
    public static string? File(string relativePath) =>
        Directory is null ? null : Path.Combine(Directory, relativePath);

    private static string? Find()
    {
        string? checkout = AppContext.BaseDirectory;
        while (checkout is not null && !System.IO.File.Exists(Path.Combine(checkout, "RootfsImporter.sln")))
        {
            checkout = Path.GetDirectoryName(checkout);
        }

        string? directory = Environment.GetEnvironmentVariable("ROOTFS_IMPORTER_ALPINE")
            ?? (checkout is null ? null : Path.Combine(checkout, "..", "shared", "alpine"));
        return System.IO.Directory.Exists(directory) ? Path.GetFullPath(directory) : null;
    }
}
