using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb;

namespace RootfsImporter;

/// <summary>The package families by the name that profiles use.</summary>
internal static class PackageFamilies
{
    private static readonly IPackageFamily[] All = [new DebFamily()];

    /// <summary>The family of a name; throws <see cref="ProfileException"/> with the known names.</summary>
    public static IPackageFamily Get(string name) => All.FirstOrDefault(family => family.Name == name)
        ?? throw new ProfileException(
            $"unknown package family '{name}'", $"known are {string.Join(", ", All.Select(family => family.Name))}");
}
