using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Repositories;

namespace RootfsImporter.Packages.Apk.Database;

/// <summary>
/// One package of apk's database (apk-tools, src/database.c): its record, and what the files beside that hold of it.
/// Compared by reference.
/// </summary>
internal sealed class InstalledApk : IRootApk
{
    /// <summary>
    /// What an index would say of it: name, version, dependencies. Its repository is <see cref="InstalledApks.Origin"/>.
    /// </summary>
    public required ApkPackage Package { get; init; }

    /// <summary><c>r:</c>, of whose packages' files it may take.</summary>
    public required IReadOnlyList<ApkDependency> Replaces { get; init; }

    /// <summary><c>q:</c>, which of two packages that replace each other keeps a file; 0 when absent.</summary>
    public required int ReplacesPriority { get; init; }

    /// <summary><c>s:</c>, the tag of the repository that it came from, without <c>@</c>; or null.</summary>
    public required string? Tag { get; init; }

    /// <summary>The whole record as it stands in the file, without the empty line that ends it.</summary>
    public required ReadOnlyMemory<byte> Record { get; init; }

    /// <summary>
    /// Whether hashes of files are the first 20 bytes of a SHA-256, though they are written as a SHA-1 (<c>f:S</c>, apk 3).
    /// </summary>
    public required bool HasShortSha256 { get; init; }

    /// <summary>The globs of directories that its trigger wants to be told of.</summary>
    public required IReadOnlyList<string> Triggers { get; init; }

    /// <summary>Its scripts, in the archive's order.</summary>
    public required IReadOnlyList<InstalledScript> Scripts { get; init; }

    /// <inheritdoc/>
    public string Name => Package.Name;

    /// <inheritdoc/>
    public string Version => Package.Version.ToString();

    /// <inheritdoc/>
    public string Checksum => Package.Checksum;

    /// <inheritdoc/>
    public string? Origin => Package.Origin;

    /// <inheritdoc/>
    public int ProviderPriority => Package.ProviderPriority;

    /// <inheritdoc/>
    public IReadOnlyList<ApkDependency> Depends => Package.Depends;

    /// <inheritdoc/>
    public IReadOnlyList<ApkDependency> Provides => Package.Provides;

    /// <inheritdoc/>
    public IReadOnlyList<ApkDependency> InstallIf => Package.InstallIf;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Script(string kind) => Scripts.FirstOrDefault(script => script.Kind == kind)?.Content;

    /// <summary>Reads what it brought. Throws <see cref="InvalidDataException"/> for lists that cannot be read.</summary>
    public IReadOnlyList<InstalledPath> ReadPaths() => InstalledPaths.Read(Record);

    /// <summary>Name and version.</summary>
    public override string ToString() => $"{Package.Name} {Package.Version}";
}

/// <summary>A script of an installed package.</summary>
/// <param name="Member">Its name in the archive of scripts: <c>NAME-VERSION.CHECKSUM.KIND</c>.</param>
/// <param name="Kind"><c>pre-install</c>, <c>post-deinstall</c>, <c>trigger</c> ...</param>
/// <param name="ModifiedTime">Whole seconds since 1970 UTC.</param>
/// <param name="Content">The script, bounded with the archive.</param>
internal sealed record InstalledScript(string Member, string Kind, long ModifiedTime, ReadOnlyMemory<byte> Content);
