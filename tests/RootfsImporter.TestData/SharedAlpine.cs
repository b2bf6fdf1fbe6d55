namespace RootfsImporter.TestData;

/// <summary>
/// Files that Alpine itself published, which are not part of this repository: in <c>shared/alpine</c> beside the checkout,
/// or where the environment variable <c>ROOTFS_IMPORTER_ALPINE</c> says.
/// </summary>
public static class SharedAlpine
{
    /// <summary>Why a test without them is skipped.</summary>
    public const string Reason = "Alpine's own files are not in ../shared/alpine";

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
