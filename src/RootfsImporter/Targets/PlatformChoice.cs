using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>The one image of a set that goes to a place which holds one platform only.</summary>
/// <param name="Image">The image.</param>
/// <param name="Note">What people should know of the choice; null when there was none to make.</param>
internal sealed record PlatformChoice(Image Image, string? Note)
{
    /// <summary>The note as a list, for <see cref="Delivery.Notes"/>.</summary>
    public IReadOnlyList<string> Notes => Note is null ? [] : [Note];

    /// <summary>
    /// Chooses the image of an architecture: the only one there is whatever its platform, else the one with the latest
    /// variant. Throws <see cref="DeliveryException"/> when none is for it.
    /// </summary>
    /// <param name="target">The target as the user wrote it.</param>
    /// <param name="images">What is delivered.</param>
    /// <param name="architecture">GOARCH name of the place: that of the daemon, or of this host.</param>
    /// <param name="whose">Whose architecture it is: <c>the engine's own</c>, <c>this host's</c>.</param>
    public static PlatformChoice Of(string target, ImageSet images, string architecture, string whose)
    {
        if (images.Images.Count == 1)
        {
            return new PlatformChoice(images.Images[0], null);
        }

        Image chosen = images.Images.Where(image => image.Platform.Architecture == architecture)
            .MaxBy(image => image.Platform.Variant ?? "", StringComparer.Ordinal)
            ?? throw new DeliveryException(
                $"cannot deliver to {target}: {whose} architecture is {architecture}, and the images are for "
                    + string.Join(", ", images.Images.Select(image => image.Platform)),
                $"build for {architecture} too, or one architecture alone");
        return new PlatformChoice(
            chosen, $"{chosen.Platform} of {images.Images.Count} platforms, {whose}: this place is given one");
    }

    /// <summary>As <see cref="Of"/>, for this host's architecture.</summary>
    public static PlatformChoice OfHost(string target, ImageSet images) =>
        Of(target, images, Architecture.Host.Oci, "this host's");
}
