using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>What a target received.</summary>
/// <param name="Target">The target as the user wrote it: <c>oci:images:ubuntu-24.04</c>.</param>
/// <param name="Descriptor">The manifest or index as the target holds it; of a plain tar, the tar.</param>
/// <param name="HowToUse">Commands that load or run it, for people; one a line.</param>
public sealed record Delivery(string Target, Descriptor Descriptor, IReadOnlyList<string> HowToUse)
{
    /// <summary>What people should know of it, a phrase each: the image id, which platform was chosen.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A place that images are delivered to.</summary>
public interface ITarget
{
    /// <summary>The target as the user wrote it.</summary>
    string Name { get; }

    /// <summary>
    /// Checks, before anything is built, that delivery can be expected to work (the daemon answers, the directory
    /// can be written, the file does not exist yet). Throws <see cref="DeliveryException"/>.
    /// </summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Delivers one image, or several under their index. All or nothing: on failure or cancellation the target holds what
    /// it held before. Throws <see cref="DeliveryException"/>, or <see cref="HostException"/> when the disk is full.
    /// </summary>
    Task<Delivery> DeliverAsync(ImageSet images, CancellationToken cancellationToken);
}
