namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>Tells format v2 from others by a file's first bytes.</summary>
internal static class ApkMagic
{
    /// <summary>What to do about a repository of v3 files.</summary>
    public const string V3Hint =
        "use a repository that publishes v2 files, as all of Alpine's do: 'apk index' and abuild write them, "
        + "'apk mkndx' and 'apk mkpkg' write v3";

    /// <summary>Whether a file is of apk v3: <c>ADB</c> and a letter for its compression (apk-v3(5)).</summary>
    public static bool IsV3(ReadOnlySpan<byte> first) =>
        first is [(byte)'A', (byte)'D', (byte)'B', (byte)'.' or (byte)'d' or (byte)'c', ..];

    /// <summary>
    /// Throws <see cref="InvalidDataException"/> for what is not gzip. The stream is read from its start, and is the
    /// caller's.
    /// </summary>
    public static void Check(Stream file)
    {
        Span<byte> first = stackalloc byte[4];
        file.Position = 0;
        first = first[..file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)];
        if (first is not [0x1F, 0x8B, ..])
        {
            throw new InvalidDataException(
                first.IsEmpty ? "it is empty"
                : IsV3(first) ? "it is of apk v3's format (ADB); only v2 can be read"
                : "it is not gzip data, as files of apk v2 are");
        }
    }
}
