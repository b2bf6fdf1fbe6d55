using System.Runtime.InteropServices;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>
/// All that can be chosen: the packages of the indexes by every name that they have. Dependencies are looked up only for
/// what a world reaches.
/// </summary>
internal sealed class ApkUniverse
{
    private const int MaxTags = 62;

    private readonly Dictionary<string, ApkName> _names;
    private readonly Dictionary<string, ulong> _tags = new(StringComparer.Ordinal);

    /// <summary>
    /// Prepares the packages, which are in the profile's order of repositories. One that two repositories hold, known by its
    /// checksum, is one package; so is one that is installed and in a repository. Throws <see cref="ProfileException"/> for
    /// more tags than can be told apart.
    /// </summary>
    public ApkUniverse(
        PackageSelection selection, Architecture architecture, IReadOnlyList<ApkPackage> packages, InstalledApks? installed)
    {
        _names = new Dictionary<string, ApkName>(packages.Count * 4, StringComparer.Ordinal);
        Dictionary<string, ApkCandidate> byChecksum = new(packages.Count, StringComparer.Ordinal);
        Dictionary<Repository, (int Index, ulong Tag)> repositories = new(ReferenceEqualityComparer.Instance);
        foreach (ApkPackage package in packages)
        {
            if (!repositories.TryGetValue(package.Repository, out (int Index, ulong Tag) repository))
            {
                repository = (repositories.Count, AddTag(package.Repository.Pocket.Tag));
                repositories.Add(package.Repository, repository);
            }

            ApkName name = Name(package.Name);
            ref ApkCandidate? same = ref CollectionsMarshal.GetValueRefOrAddDefault(byChecksum, package.Checksum, out _);
            if (same?.Name == name)
            {
                same.Tags |= repository.Tag;
                continue;
            }

            same = new ApkCandidate(package, name, repository.Index) { Tags = repository.Tag };
            same.Unusable = package.Uninstallable ?? WhyUnusable(package, selection, architecture);
            Add(same);
        }

        foreach (InstalledApk package in installed?.Apks ?? [])
        {
            AddInstalled(package, byChecksum.GetValueOrDefault(package.Package.Checksum), selection);
        }
    }

    /// <summary>Every name that a package has by itself or provides.</summary>
    public IEnumerable<string> ProvidedNames => _names.Values.Where(n => n.Providers.Count > 0).Select(n => n.Text);

    /// <summary>A name, known or not.</summary>
    public ApkName Name(string text)
    {
        if (!_names.TryGetValue(text, out ApkName? name))
        {
            _names.Add(text, name = new ApkName(text));
        }

        return name;
    }

    /// <summary>The bit of a tag (null: of the repositories without one); 0 for a tag that no repository has.</summary>
    public ulong Tag(string? tag) => tag is null ? ApkCandidate.Untagged : _tags.GetValueOrDefault(tag);

    /// <summary>The terms of a list with their names.</summary>
    public IReadOnlyList<ApkTerm> Terms(IReadOnlyList<ApkDependency> list) =>
        list.Count == 0 ? [] : [.. list.Select(d => new ApkTerm(d, Name(d.Name)))];

    private static string? WhyUnusable(ApkPackage package, PackageSelection selection, Architecture architecture) =>
        package.Architecture != "noarch" && package.Architecture != architecture.Apk
            ? $"it is of architecture {package.Architecture}, not {architecture.Apk}"
            : WhyPinnedOut(package, selection);

    private static string? WhyPinnedOut(ApkPackage package, PackageSelection selection) =>
        selection.Pin.TryGetValue(package.Name, out string? pin) && pin != package.Version.ToString()
            ? $"the profile pins {package.Name} to {pin}"
            : null;

    // What is there may stay, whatever an index says of it or whether one has it.
    private void AddInstalled(InstalledApk package, ApkCandidate? same, PackageSelection selection)
    {
        ApkName name = Name(package.Package.Name);
        if (same?.Name != name)
        {
            same = new ApkCandidate(package.Package, name, ApkCandidate.NoRepository);
            Add(same);
        }

        same.IsInstalled = true;
        same.Tags |= Tag(package.Tag);
        same.Unusable = WhyPinnedOut(package.Package, selection);
    }

    private ulong AddTag(string? tag)
    {
        if (tag is not null && Tag(tag) == 0)
        {
            if (_tags.Count == MaxTags)
            {
                throw new ProfileException(
                    $"the profile has more than {MaxTags} tags of repositories", "give several pockets the same tag");
            }

            _tags.Add(tag, 2UL << _tags.Count);
        }

        return Tag(tag);
    }

    private void Add(ApkCandidate candidate)
    {
        ApkPackage package = candidate.Package;
        candidate.Name.Providers.Add(new ApkProvider(candidate, package.Version));
        if (package.Provides.Count > 0)
        {
            List<(ApkName, ApkVersion?)> provides = new(package.Provides.Count);
            foreach (ApkDependency provided in package.Provides)
            {
                // What it is it need not provide; apk would see a conflict of the package with itself.
                if (provided.Name != package.Name)
                {
                    ApkName name = Name(provided.Name);
                    name.Providers.Add(new ApkProvider(candidate, provided.Version));
                    provides.Add((name, provided.Version));
                }
            }

            candidate.Provides = provides;
        }

        foreach (ApkDependency condition in package.InstallIf)
        {
            Name(condition.Name).AddTrigger(candidate.Name);
        }
    }
}
