namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>Reads the records of a verified index.</summary>
internal static class ApkIndexParser
{
    /// <summary>
    /// The packages in the order of the index. Throws <see cref="PackageFormatException"/> for what is malformed or larger
    /// than it may be; an unknown upper-case field makes that one package uninstallable.
    /// </summary>
    public static IReadOnlyList<ApkPackage> Parse(ApkIndex index) => throw new NotImplementedException();
}
