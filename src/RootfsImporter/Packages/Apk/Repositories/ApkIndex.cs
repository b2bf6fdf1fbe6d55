namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>One repository's verified index; <see cref="File"/> is parsed only when packages have to be chosen.</summary>
internal sealed record ApkIndex : PackageIndex
{
    /// <summary>The architecture whose index it is.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The verified bytes of APKINDEX.tar.gz.</summary>
    public required ReadOnlyMemory<byte> File { get; init; }
}
