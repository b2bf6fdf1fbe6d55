namespace RootfsImporter;

/// <summary>What makes the tree of packages; sealing and packing are the same for all.</summary>
public enum BuildEngine
{
    /// <summary>This program.</summary>
    Native,

    /// <summary>The host's debootstrap(8).</summary>
    Debootstrap,

    /// <summary>The host's mmdebstrap(1).</summary>
    Mmdebstrap,
}
