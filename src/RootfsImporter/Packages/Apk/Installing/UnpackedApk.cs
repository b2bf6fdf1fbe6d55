using System.Globalization;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>A package that was inflated and checked, and whose files wait for their places.</summary>
internal sealed class UnpackedApk(LockedPackage package, ApkControl control, IReadOnlyList<ApkItem> items)
    : IRootApk
{
    private const string ExtractedReason = "extracted";

    /// <summary>What was locked.</summary>
    public LockedPackage Package { get; } = package;

    /// <summary>Its control part.</summary>
    public ApkControl Control { get; } = control;

    /// <summary>What it installs, in the archive's order: a directory before what it holds.</summary>
    public IReadOnlyList<ApkItem> Items { get; } = items;

    /// <summary>Its metadata.</summary>
    public PkgInfo Info => Control.Info;

    /// <inheritdoc/>
    public string Name => Package.Name;

    /// <inheritdoc/>
    public string Version => Package.Version;

    /// <inheritdoc/>
    public string Checksum => Package.Checksum;

    /// <inheritdoc/>
    public string? Origin => Info["origin"];

    /// <inheritdoc/>
    public int ProviderPriority => Number("provider_priority");

    /// <inheritdoc/>
    public int ReplacesPriority => Number("replaces_priority");

    /// <inheritdoc/>
    public IReadOnlyList<ApkDependency> Depends => All("depend");

    /// <inheritdoc/>
    public IReadOnlyList<ApkDependency> Provides => All("provides");

    /// <inheritdoc/>
    public IReadOnlyList<ApkDependency> InstallIf => All("install_if");

    /// <inheritdoc/>
    public IReadOnlyList<ApkDependency> Replaces => All("replaces");

    /// <inheritdoc/>
    public IReadOnlyList<string> Triggers =>
        [.. Info.All("triggers").SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Script(string kind) => Control.Script(kind)?.Content;

    /// <summary>Whether the profile wants some of its files only, without the package being installed.</summary>
    public bool IsExtracted => Package.Reason == ExtractedReason;

    /// <summary>Name and version, as messages have them.</summary>
    public override string ToString() => $"{Package.Name} {Package.Version}";

    /// <summary>Throws <see cref="FormatException"/> for metadata that could not be acted on later.</summary>
    public void CheckTerms()
    {
        foreach (string field in (string[])["depend", "provides", "install_if", "replaces"])
        {
            foreach (string text in Info.All(field))
            {
                _ = Terms(text).Count();
            }
        }
    }

    private static IEnumerable<ApkDependency> Terms(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(term => ApkDependency.Parse(term));

    private IReadOnlyList<ApkDependency> All(string field) => [.. Info.All(field).SelectMany(Terms)];

    private int Number(string field) =>
        int.TryParse(Info[field], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}

/// <summary>One entry of a package on its way into the tree.</summary>
internal sealed record ApkItem
{
    /// <summary>The entry with the numeric owner of the archive.</summary>
    public required TreeEntry Tree { get; init; }

    /// <summary>The owner's name, which comes before the number where the root's /etc/passwd has it; may be empty.</summary>
    public required string UserName { get; init; }

    /// <summary>The group's name, as <see cref="UserName"/>.</summary>
    public required string GroupName { get; init; }

    /// <summary>The SHA-1 of a file's content or a link's target as the package has it; else null.</summary>
    public ReadOnlyMemory<byte>? Sha1 { get; init; }

    /// <summary>The content of a file.</summary>
    public StagedFile? Staged { get; init; }
}
