namespace RootfsImporter.Targets;

/// <summary>The tags that a delivery sets besides the target's own.</summary>
internal static class FurtherTags
{
    /// <summary>Which they are, for <see cref="Delivery.Notes"/>; empty when there are none.</summary>
    /// <param name="tags">All tags of the delivery, the target's own first.</param>
    internal static IReadOnlyList<string> Note(IEnumerable<string?> tags)
    {
        string further = string.Join(", ", tags.Skip(1));
        return further.Length > 0 ? [$"also tagged {further}"] : [];
    }

    /// <summary>Throws <see cref="DeliveryException"/> when a place without tags is to be given some.</summary>
    internal static void Refuse(string target, TargetDefaults defaults)
    {
        if (defaults.AdditionalTags.Count > 0)
        {
            throw new DeliveryException(
                $"cannot deliver to {target}: it has no tags, and is to be tagged "
                    + string.Join(", ", defaults.AdditionalTags),
                "leave --additional-tag out, or deliver there in a run of its own, with `rootfs-importer copy`");
        }
    }
}
