using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Stores;

/// <summary>An image in a store of podman's, buildah's and skopeo's.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Store">Which store; null for the user's own.</param>
/// <param name="Reference">The image's name.</param>
internal sealed record ContainersStoragePlace(PlaceText Text, ContainersStoreLocation? Store, Reference Reference)
{
    /// <summary><c>containers-storage:[STORE]NAME:TAG</c>.</summary>
    internal static ContainersStorageTarget ParseTarget(PlaceText text, TargetDefaults defaults) =>
        new(Parse(text), defaults);

    /// <summary>As <see cref="ParseTarget"/>.</summary>
    internal static ArchiveSource ParseSource(PlaceText text, TargetDefaults defaults)
    {
        ContainersStoragePlace place = Parse(text);
        return new ArchiveSource(
            text.Text,
            cancellationToken => ContainersStore.Open(place, defaults).SaveAsync(defaults, cancellationToken),
            ProgramArchive.ReadAsync);
    }

    private static ContainersStoragePlace Parse(PlaceText text)
    {
        if (!text.Place.StartsWith('['))
        {
            return new ContainersStoragePlace(text, null, text.Reference(text.Place));
        }

        int end = text.Place.IndexOf(']', StringComparison.Ordinal);
        return end > 0
            ? new ContainersStoragePlace(
                text, ContainersStoreLocation.Parse(text, text.Place[1..end]), text.Reference(text.Place[(end + 1)..]))
            : throw text.Error("the store's '[' has no ']'", $"write {text.Syntax}");
    }
}

/// <summary>Where a store is (containers-transports(5), "containers-storage").</summary>
/// <param name="Driver">The storage driver, or null for what the program chooses.</param>
/// <param name="Root">The absolute directory of the images.</param>
/// <param name="RunRoot">The absolute directory of what lives as long as the host is up, or null likewise.</param>
internal sealed record ContainersStoreLocation(string? Driver, string Root, string? RunRoot)
{
    private const string Expected =
        "write it as [/srv/store], [/srv/store+/run/store] or [overlay@/srv/store+/run/store]; options of a driver "
        + "belong into storage.conf(5)";

    /// <summary>As podman and buildah take it.</summary>
    public IReadOnlyList<string> Options =>
    [
        "--root", Root,
        .. RunRoot is null ? (string[])[] : ["--runroot", RunRoot],
        .. Driver is null ? (string[])[] : ["--storage-driver", Driver],
    ];

    /// <summary>As skopeo takes it: <c>[overlay@/srv/store+/run/store]</c>.</summary>
    public override string ToString() =>
        $"[{(Driver is null ? "" : Driver + "@")}{Root}{(RunRoot is null ? "" : "+" + RunRoot)}]";

    /// <summary>Reads what is between the brackets.</summary>
    internal static ContainersStoreLocation Parse(PlaceText text, string store)
    {
        int at = store.IndexOf('@', StringComparison.Ordinal);
        string? driver = at < 0 ? null : store[..at];
        string[] directories = store[(at + 1)..].Split('+');
        return driver is not "" && directories.Length <= 2 && directories.All(IsDirectory)
            ? new ContainersStoreLocation(driver, directories[0], directories.ElementAtOrDefault(1))
            : throw text.Error($"'[{store}]' is not a store", Expected);
    }

    // A colon begins the options of a driver.
    private static bool IsDirectory(string path) =>
        Path.IsPathFullyQualified(path) && !path.Contains(':', StringComparison.Ordinal);
}
