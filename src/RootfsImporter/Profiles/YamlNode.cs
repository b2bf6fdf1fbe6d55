namespace RootfsImporter.Profiles;

/// <summary>A place in a profile file; line and column count from 1.</summary>
internal sealed record YamlMark(string File, long Line, long Column)
{
    /// <summary>An error at this place: <c>distros/x.yaml:12:5: message</c>.</summary>
    public ProfileException Error(string message, string? hint = null, Exception? inner = null) =>
        new($"{File}:{Line}:{Column}: {message}", hint, inner);

    /// <summary>An error at a place, or at none.</summary>
    public static ProfileException Error(YamlMark? at, string message, string? hint) =>
        at?.Error(message, hint) ?? new ProfileException(message, hint);
}

/// <summary>A node of a profile file with the place where it begins.</summary>
internal abstract record YamlNode(YamlMark Mark)
{
    /// <summary>What the node is, for "expected a list, found ...".</summary>
    public abstract string Kind { get; }

    /// <summary>
    /// A single value, as text; profiles have no other type, <c>24.04</c> and <c>"24.04"</c> are the same.
    /// </summary>
    public sealed record Scalar(YamlMark Mark, string Value, bool IsQuoted) : YamlNode(Mark)
    {
        /// <summary>
        /// Whether it is the absence of a value: nothing, <c>~</c> or <c>null</c>, unquoted.
        /// </summary>
        public bool IsNull => !IsQuoted && Value is ("" or "~" or "null");

        /// <inheritdoc/>
        public override string Kind => IsNull ? "nothing" : $"'{Excerpt}'";

        /// <summary>The value, shortened for messages and without line breaks.</summary>
        public string Excerpt =>
            (Value.Length <= 60 ? Value : Value[..60] + "...").Replace('\n', ' ').Replace('\r', ' ');
    }

    /// <summary>A list.</summary>
    public sealed record Sequence(YamlMark Mark, IReadOnlyList<YamlNode> Items) : YamlNode(Mark)
    {
        /// <inheritdoc/>
        public override string Kind => "a list";
    }

    /// <summary>A mapping, its entries in the order of the file.</summary>
    public sealed record Mapping(YamlMark Mark, IReadOnlyList<YamlEntry> Entries) : YamlNode(Mark)
    {
        /// <inheritdoc/>
        public override string Kind => "a mapping";

        /// <summary>The entry with this key, or null.</summary>
        public YamlEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);

        /// <summary>The mapping without this key.</summary>
        public Mapping Without(string key) => this with { Entries = [.. Entries.Where(e => e.Key != key)] };
    }
}

/// <summary>A key with its value and the place of the key.</summary>
internal sealed record YamlEntry(YamlMark Mark, string Key, YamlNode Value);
