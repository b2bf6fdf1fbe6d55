namespace RootfsImporter.Stages;

/// <summary>A named step of sealing, over the tree's entries. See Sealer.</summary>
public abstract record SealRule
{
    /// <summary>The rule's name in the ledger: <c>machine-id</c>, <c>apt-lists</c>.</summary>
    public required string Name { get; init; }
}
