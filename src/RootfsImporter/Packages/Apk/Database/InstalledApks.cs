using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Database;

/// <summary>What apk's database says is installed, and what is asked for.</summary>
internal sealed record InstalledApks : InstalledPackages
{
    private readonly Lazy<IReadOnlySet<RootPath>> _paths;

    /// <summary>Takes what was read.</summary>
    /// <param name="locate">Where a path really lies when links lead to directories on its way.</param>
    public InstalledApks(Func<RootPath, RootPath> locate) =>
        _paths = new Lazy<IReadOnlySet<RootPath>>(() => ReadPaths(locate));

    /// <summary>The repository that installed packages belong to as far as messages go: none.</summary>
    public static Repository Origin { get; } = new()
    {
        Pocket = new Pocket { Name = "installed", Suite = "the base" },
        Components = [],
        Mirrors = [],
        CanonicalMirror = new Uri("about:blank"),
        Keys = [],
    };

    /// <summary>The directory of the database: <c>lib/apk/db</c>, or <c>usr/lib/apk/db</c>.</summary>
    public required RootPath Directory { get; init; }

    /// <summary>The packages in the order of the database.</summary>
    public required IReadOnlyList<InstalledApk> Apks { get; init; }

    /// <summary>Those of them that have triggers, in the order of the list of those.</summary>
    public required IReadOnlyList<InstalledApk> Triggered { get; init; }

    /// <summary>Whether the archive of scripts is compressed (apk 3).</summary>
    public required bool HasCompressedScripts { get; init; }

    /// <summary>The terms of <c>etc/apk/world</c>, in order.</summary>
    public required IReadOnlyList<ApkDependency> World { get; init; }

    /// <inheritdoc/>
    public override IReadOnlySet<RootPath> Paths => _paths.Value;

    /// <summary>Records are equal when they are the same one: what is in them is compared by reference anyway.</summary>
    public bool Equals(InstalledApks? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private HashSet<RootPath> ReadPaths(Func<RootPath, RootPath> locate)
    {
        HashSet<RootPath> paths = [];
        foreach (InstalledApk package in Apks)
        {
            try
            {
                paths.UnionWith(package.ReadPaths().Select(entry => locate(entry.Entry.Path)));
            }
            catch (InvalidDataException exception)
            {
                throw ApkDatabaseReader.Damaged(Directory.Append("installed"), $"{package}: {exception.Message}", exception);
            }
        }

        return paths;
    }
}
