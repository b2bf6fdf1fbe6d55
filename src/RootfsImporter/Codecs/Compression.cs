namespace RootfsImporter.Codecs;

/// <summary>How a stream of bytes is compressed.</summary>
internal enum Compression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>xz, the .xz file format.</summary>
    Xz,

    /// <summary>Zstandard (RFC 8878).</summary>
    Zstd,

    /// <summary>bzip2.</summary>
    Bzip2,

    /// <summary>The older .lzma file format ("LZMA alone").</summary>
    Lzma,
}
