using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>The top-level links of a merged /usr.</summary>
internal static class UsrMergeLinks
{
    /// <summary>
    /// The names to link into /usr. <see cref="UsrMerge.Bootstrapped"/> gives debootstrap's list for the architecture
    /// (its setup_merged_usr), <see cref="UsrMerge.Packaged"/> those that base-files itself ships since Ubuntu 24.04
    /// and Debian 13, made early so that no package creates a directory in their place.
    /// </summary>
    public static IReadOnlyList<string> For(UsrMerge merge, Architecture architecture) => merge switch
    {
        UsrMerge.None => [],
        UsrMerge.Bootstrapped => ["bin", "sbin", "lib", .. Bootstrapped(architecture)],
        _ => ["bin", "sbin", "lib", .. Packaged(architecture)],
    };

    private static IReadOnlyList<string> Bootstrapped(Architecture architecture) => architecture.Deb switch
    {
        "amd64" => ["lib32", "lib64", "libx32"],
        "i386" => ["lib64", "libx32"],
        "ppc64el" or "loong64" => ["lib64"],
        "s390x" => ["lib32"],
        _ => [],
    };

    private static IReadOnlyList<string> Packaged(Architecture architecture) => architecture.Deb switch
    {
        "amd64" or "ppc64el" or "loong64" => ["lib64"],
        _ => [],
    };
}
