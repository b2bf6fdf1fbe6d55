using RootfsImporter.Files;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>One entry of a data part; its content can be read until the next entry is asked for.</summary>
internal sealed record ApkEntry
{
    /// <summary>What goes into the tree, with the numeric owner in the archive; without content.</summary>
    public required TreeEntry Tree { get; init; }

    /// <summary>The owner's name, which comes before the number where the root's /etc/passwd has it; may be empty.</summary>
    public required string UserName { get; init; }

    /// <summary>The group's name, as <see cref="UserName"/>.</summary>
    public required string GroupName { get; init; }

    /// <summary>
    /// The recorded SHA-1 of a file's content or a symbolic link's target (<c>APK-TOOLS.checksum.SHA1</c>), 20 bytes; null
    /// when there is none.
    /// </summary>
    public ReadOnlyMemory<byte>? Sha1 { get; init; }

    /// <summary>The content's size, bytes; 0 for all but files.</summary>
    public required long Size { get; init; }

    /// <summary>
    /// The content; whoever reads it to its end learns by an <see cref="InvalidDataException"/> that it is not what
    /// <see cref="Sha1"/> says.
    /// </summary>
    public required Stream Content { get; init; }
}
