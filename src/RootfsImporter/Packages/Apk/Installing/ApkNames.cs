namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>The order in which apk writes names: strcasecmp(3) of the C locale, then by byte.</summary>
internal sealed class ApkNames : IComparer<string>
{
    /// <summary>The one instance.</summary>
    public static ApkNames Order { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        // Letters count as small ones, and so come after '_'; the runtime's own comparison makes them capitals.
        int order = string.CompareOrdinal(x?.ToLowerInvariant(), y?.ToLowerInvariant());
        return order != 0 ? order : string.CompareOrdinal(x, y);
    }
}
