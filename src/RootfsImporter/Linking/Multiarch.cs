namespace RootfsImporter.Linking;

/// <summary>What directories of libraries and processors are called for each architecture.</summary>
internal static class Multiarch
{
    /// <summary>The directory of libraries below /lib and /usr/lib (Debian policy 9.1.1, "multiarch").</summary>
    public static string TripletOf(Architecture architecture) => architecture.Deb switch
    {
        "amd64" => "x86_64-linux-gnu",
        "arm64" => "aarch64-linux-gnu",
        "armel" => "arm-linux-gnueabi",
        "armhf" => "arm-linux-gnueabihf",
        "loong64" => "loongarch64-linux-gnu",
        "ppc64el" => "powerpc64le-linux-gnu",
        _ => $"{architecture.Deb}-linux-gnu",
    };

    /// <summary>Whether distributions that are not Debian's keep its libraries in lib64.</summary>
    public static bool Has64BitDirectories(Architecture architecture) => architecture.Deb is not ("armel" or "armhf" or "i386");

    /// <summary>
    /// What <c>$PLATFORM</c> is on every processor of it (AT_PLATFORM of getauxval(3)); null where that differs.
    /// </summary>
    public static string? PlatformOf(Architecture architecture) => architecture.Deb switch
    {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "loong64" => "loongarch",
        _ => null,
    };
}
