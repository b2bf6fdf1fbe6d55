namespace RootfsImporter.Profiles;

/// <summary>
/// A section of a profile file, read by key. Unknown keys and those of another family are refused at once; each accessor refuses a value
/// of the wrong type, at the place of the value.
/// </summary>
internal sealed class ProfileSection
{
    private readonly YamlNode.Mapping _mapping;

    private readonly string? _family;

    /// <summary>A section of a profile of <paramref name="family"/>; null: of whichever.</summary>
    public ProfileSection(YamlNode node, string name, IReadOnlyList<string> keys, string? family)
    {
        _family = family;
        _mapping = AsMapping(node, name);
        foreach (YamlEntry entry in _mapping.Entries)
        {
            if (!keys.Contains(entry.Key))
            {
                throw entry.Mark.Error($"unknown key '{entry.Key}'", ProfileKeys.Hint(entry.Key, keys));
            }

            if (ProfileKeys.FamilyOf(entry.Key) is string owner && family is not null && owner != family)
            {
                throw entry.Mark.Error(
                    $"'{entry.Key}' is of the package family {owner}, and this profile is of {family}",
                    $"remove it, or unset it with '{entry.Key}:' when it comes from a parent");
            }
        }
    }

    /// <summary>A sub-section, empty when the key is absent.</summary>
    public ProfileSection Section(string key, IReadOnlyList<string> keys) =>
        new(Find(key) ?? new YamlNode.Mapping(_mapping.Mark, []), key, keys, _family);

    /// <summary>The value of a key, or null when absent.</summary>
    public YamlNode? Find(string key) => _mapping.Find(key)?.Value;

    /// <summary>The value of a key; absent is an error.</summary>
    public YamlNode Require(string key) =>
        Find(key) ?? throw _mapping.Mark.Error($"required key '{key}' is missing");

    /// <summary>A single value that must be there.</summary>
    public YamlNode.Scalar RequireScalar(string key) => AsScalar(Require(key), key);

    /// <summary>A single value, or null when absent.</summary>
    public YamlNode.Scalar? Scalar(string key) => Find(key) is YamlNode node ? AsScalar(node, key) : null;

    /// <summary>A truth value.</summary>
    public bool Flag(string key, bool absent)
    {
        if (Scalar(key) is not YamlNode.Scalar scalar)
        {
            return absent;
        }

        return scalar switch
        {
            { IsQuoted: false, Value: "true" } => true,
            { IsQuoted: false, Value: "false" } => false,
            _ => throw scalar.Mark.Error($"'{key}' is true or false, found {scalar.Kind}"),
        };
    }

    /// <summary>A list of single values; empty when absent.</summary>
    public IReadOnlyList<YamlNode.Scalar> List(string key) =>
        [.. Nodes(key).Select(item => AsScalar(item, key))];

    /// <summary>A list of any nodes; empty when absent.</summary>
    public IReadOnlyList<YamlNode> Nodes(string key) => Find(key) is YamlNode node ? Items(key, node) : [];

    /// <summary>A list of any nodes that must have at least one.</summary>
    public IReadOnlyList<YamlNode> RequireItems(string key)
    {
        YamlNode node = Require(key);
        IReadOnlyList<YamlNode> items = Items(key, node);
        return items.Count > 0 ? items : throw node.Mark.Error($"'{key}' is empty, expected at least one");
    }

    /// <summary>The entries of a mapping with free keys; none when absent.</summary>
    public IReadOnlyList<YamlEntry> Entries(string key) =>
        Find(key) is YamlNode node ? AsMapping(node, key).Entries : [];

    /// <summary>A node as a single value.</summary>
    public static YamlNode.Scalar AsScalar(YamlNode node, string key) =>
        node is YamlNode.Scalar { IsNull: false } scalar
            ? scalar
            : throw node.Mark.Error($"'{key}' takes a single value here, found {node.Kind}");

    private static YamlNode.Mapping AsMapping(YamlNode node, string name) => node as YamlNode.Mapping
        ?? throw node.Mark.Error($"'{name}' is a mapping, found {node.Kind}");

    private static IReadOnlyList<YamlNode> Items(string key, YamlNode node) =>
        node is YamlNode.Sequence sequence
            ? sequence.Items
            : throw node.Mark.Error($"'{key}' is a list, found {node.Kind}", $"write '{key}: [...]'");
}
