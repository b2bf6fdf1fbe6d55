using RootfsImporter.IntegrationTests.BadInput;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>
/// What the program is asked to build in tests on Alpine: the release 3.20 from the mirror of real packages, or where that
/// is not here a system of our own, with a warning that says so.
/// </summary>
internal sealed class AlpineOrigin : IDisposable
{
    private readonly ApkSite? _tiny;

    private AlpineOrigin(string profile, ApkSite? tiny)
    {
        Profile = profile;
        _tiny = tiny;
    }

    /// <summary>The profile's path. It has the variant <c>minirootfs</c>.</summary>
    public string Profile { get; }

    /// <summary>Whether it is Alpine.</summary>
    public bool IsReal => _tiny is null;

    /// <summary>Writes the profile into a directory.</summary>
    public static async Task<AlpineOrigin> CreateAsync(
        AlpineMirror mirror, ApkSystem system, TempDirectory directory, params Architecture[] architectures)
    {
        if (await mirror.IsReadyAsync())
        {
            return new AlpineOrigin(mirror.WriteProfile(directory), null);
        }

        TestContext.Current.AddWarning("a system of our own was built in the place of Alpine");
        ApkSite tiny = system.Site(architectures);
        return new AlpineOrigin(await tiny.WriteToAsync(directory), tiny);
    }

    public void Dispose() => _tiny?.Dispose();
}
