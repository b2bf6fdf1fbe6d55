using RootfsImporter.Packages;
using RootfsImporter.Packages.Apk;
using RootfsImporter.Packages.Deb;

namespace RootfsImporter;

/// <summary>The package families by the name that profiles use.</summary>
internal static class PackageFamilies
{
    /// <summary>A family for one build; throws <see cref="ProfileException"/> with the known names.</summary>
    public static IPackageFamily Create(string name, IProgress<BuildEvent> events) => name switch
    {
        "apk" => new ApkFamily(events),
        "deb" => new DebFamily(events),
        _ => throw new ProfileException($"unknown package family '{name}'", "known are apk, deb"),
    };
}
