namespace RootfsImporter.Profiles;

/// <summary>
/// Merges profile nodes: mappings key by key, anything else replaces. <c>key+</c> with a list appends it to
/// the one below, nothing (<c>key:</c>, <c>null</c>, <c>~</c>) unsets the key. Without a list <c>g++</c> is a
/// key like any other.
/// </summary>
internal static class ProfileMerge
{
    private const char AppendSuffix = '+';

    /// <summary>
    /// <paramref name="over"/> merged on top of <paramref name="under"/>. Appends and unsets that find
    /// nothing below them are kept, for they may yet meet it: a variant is merged over the profile last.
    /// </summary>
    public static YamlNode.Mapping Merge(YamlNode.Mapping under, YamlNode.Mapping over)
    {
        List<YamlEntry> entries = [.. under.Entries];
        foreach (YamlEntry entry in over.Entries)
        {
            if (IsAppend(entry))
            {
                Append(entries, entry, over);
            }
            else
            {
                Set(entries, entry);
            }
        }

        return new YamlNode.Mapping(over.Mark, entries);
    }

    /// <summary>Settles what no further merge can: appends become plain lists, unset keys vanish.</summary>
    public static YamlNode.Mapping Settle(YamlNode.Mapping mapping)
    {
        // Merging over nothing turns 'key+' with 'key' in one file into an error, and every 'key+' stays as
        // it was.
        YamlNode.Mapping merged = Merge(mapping with { Entries = [] }, mapping);
        List<YamlEntry> entries = [];
        foreach (YamlEntry entry in merged.Entries)
        {
            if (entry.Value is not YamlNode.Scalar { IsNull: true })
            {
                entries.Add(new YamlEntry(entry.Mark, BaseKey(entry), Settle(entry.Value)));
            }
        }

        return mapping with { Entries = entries };
    }

    private static YamlNode Settle(YamlNode node) =>
        node is YamlNode.Mapping mapping ? Settle(mapping) : node;

    private static void Set(List<YamlEntry> entries, YamlEntry entry)
    {
        entries.RemoveAll(other => IsAppend(other) && BaseKey(other) == entry.Key);
        int index = entries.FindIndex(other => other.Key == entry.Key);
        if (index < 0)
        {
            entries.Add(entry);
        }
        else
        {
            entries[index] =
                entry.Value is YamlNode.Mapping over && entries[index].Value is YamlNode.Mapping under
                ? entry with { Value = Merge(under, over) }
                : entry;
        }
    }

    private static void Append(List<YamlEntry> entries, YamlEntry entry, YamlNode.Mapping over)
    {
        string key = BaseKey(entry);
        if (over.Find(key) is not null)
        {
            throw entry.Mark.Error($"'{key}' and '{entry.Key}' in one mapping",
                $"put everything into '{key}'");
        }

        YamlNode.Sequence more = (YamlNode.Sequence)entry.Value;
        int index = entries.FindIndex(other => BaseKey(other) == key);
        if (index < 0)
        {
            entries.Add(entry);
            return;
        }

        entries[index] = entries[index].Value switch
        {
            YamlNode.Sequence under => entries[index] with
            {
                Value = new YamlNode.Sequence(more.Mark, [.. under.Items, .. more.Items]),
            },
            YamlNode.Scalar { IsNull: true } => entry with { Key = key },
            YamlNode other => throw entry.Mark.Error(
                $"'{entry.Key}' appends to a list, but '{key}' is {other.Kind}"
                + $" ({other.Mark.File}:{other.Mark.Line})"),
        };
    }

    private static bool IsAppend(YamlEntry entry) =>
        entry.Value is YamlNode.Sequence && entry.Key.Length > 1 && entry.Key[^1] == AppendSuffix;

    private static string BaseKey(YamlEntry entry) => IsAppend(entry) ? entry.Key[..^1] : entry.Key;
}
