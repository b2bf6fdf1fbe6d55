using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>One record of an index (apk-tools, doc/apk-v2.5.scd): what the resolver has to know of a package.</summary>
internal sealed record ApkPackage
{
    /// <summary><c>P:</c></summary>
    public required string Name { get; init; }

    /// <summary><c>V:</c></summary>
    public required ApkVersion Version { get; init; }

    /// <summary><c>A:</c>, the package's own: <c>x86_64</c>, <c>noarch</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary><c>C:</c>, the identity: <c>Q1</c> and the base64 of the SHA-1 of the control member as compressed.</summary>
    public required string Checksum { get; init; }

    /// <summary><c>S:</c>, the file's size, bytes.</summary>
    public required long Size { get; init; }

    /// <summary><c>t:</c>, when it was built, seconds since 1970 UTC; 0 when absent.</summary>
    public long BuildTime { get; init; }

    /// <summary><c>o:</c>, the source package, or null.</summary>
    public string? Origin { get; init; }

    /// <summary><c>D:</c>; conflicts (<c>!name</c>) included.</summary>
    public IReadOnlyList<ApkDependency> Depends { get; init; } = [];

    /// <summary><c>p:</c></summary>
    public IReadOnlyList<ApkDependency> Provides { get; init; } = [];

    /// <summary><c>i:</c>: chosen by itself when all of these are there.</summary>
    public IReadOnlyList<ApkDependency> InstallIf { get; init; } = [];

    /// <summary><c>k:</c>, which of several providers is taken; 0 when absent.</summary>
    public int ProviderPriority { get; init; }

    /// <summary>Why it cannot be chosen (an unknown upper-case field, a malformed dependency), or null.</summary>
    public string? Uninstallable { get; init; }

    /// <summary>
    /// The architecture whose index it is in, and whose directory it is therefore in, in Alpine's spelling; null: its own.
    /// </summary>
    public string? IndexArchitecture { get; init; }

    /// <summary>Where the file is below a mirror's root.</summary>
    public string Path => $"{Repository.Pocket.Suite}/{IndexArchitecture ?? Architecture}/{Name}-{Version}.apk";

    /// <summary>The index it is in.</summary>
    public required Repository Repository { get; init; }
}
