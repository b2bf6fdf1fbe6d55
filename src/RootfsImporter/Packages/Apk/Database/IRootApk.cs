using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Database;

/// <summary>A package of a root, new or there before: what the order of installation, files and scripts depend on.</summary>
internal interface IRootApk
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>The full version.</summary>
    string Version { get; }

    /// <summary>The checksum as an index writes it.</summary>
    string Checksum { get; }

    /// <summary>The source package, or null.</summary>
    string? Origin { get; }

    /// <summary>Which of several providers of a name counts; 0 when it does not say.</summary>
    int ProviderPriority { get; }

    /// <summary>Which of two packages that replace each other keeps a file; 0 when it does not say.</summary>
    int ReplacesPriority { get; }

    /// <summary>What it needs and refuses.</summary>
    IReadOnlyList<ApkDependency> Depends { get; }

    /// <summary>What it provides beside its own name.</summary>
    IReadOnlyList<ApkDependency> Provides { get; }

    /// <summary>What makes it come by itself.</summary>
    IReadOnlyList<ApkDependency> InstallIf { get; }

    /// <summary>Of whose packages' files it may take.</summary>
    IReadOnlyList<ApkDependency> Replaces { get; }

    /// <summary>The globs of directories that its trigger wants to be told of.</summary>
    IReadOnlyList<string> Triggers { get; }

    /// <summary>The text of its script of one kind, or null.</summary>
    ReadOnlyMemory<byte>? Script(string kind);
}
