using RootfsImporter.Packages;

namespace RootfsImporter.Stages;

/// <summary>Unpacks packages side by side as they arrive.</summary>
public static class Unpacker
{
    /// <summary>
    /// Unpacks every package of the sequence, at most <paramref name="jobs"/> at once. The first failure stops the
    /// others and is thrown as it is.
    /// </summary>
    public static Task UnpackAsync(
        IAsyncEnumerable<FetchedPackage> packages, IInstallation installation, int jobs,
        CancellationToken cancellationToken)
    {
        ParallelOptions options = new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(
            packages, options, async (package, token) => await installation.UnpackAsync(package, token));
    }
}
