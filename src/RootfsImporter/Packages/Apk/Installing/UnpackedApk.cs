using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>A package that was inflated and checked, and whose files wait for their places.</summary>
internal sealed class UnpackedApk(LockedPackage package, ApkControl control, IReadOnlyList<ApkItem> items)
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

    /// <summary>Whether the profile wants some of its files only, without the package being installed.</summary>
    public bool IsExtracted => Package.Reason == ExtractedReason;

    /// <summary>Name and version, as messages have them.</summary>
    public override string ToString() => $"{Package.Name} {Package.Version}";

    /// <summary>Whether it says that files of the other may be its own (abuild's <c>replaces</c>).</summary>
    public bool Replaces(UnpackedApk other) =>
        Info.All("replaces").SelectMany(Terms).Any(
            term => term.Name == other.Package.Name
                && term.Names(ApkVersion.Parse(other.Package.Version), other.Package.Checksum));

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

    /// <summary>The terms of a field that holds several.</summary>
    public static IEnumerable<ApkDependency> Terms(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(term => ApkDependency.Parse(term));
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
