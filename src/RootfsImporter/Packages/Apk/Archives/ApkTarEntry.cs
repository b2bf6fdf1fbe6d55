using RootfsImporter.Archives;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>One entry of a tar as its headers describe it; nothing is judged yet.</summary>
internal sealed record ApkTarEntry
{
    /// <summary>The whole name as written: <c>usr/bin/</c>, <c>.PKGINFO</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The type flag: <c>0</c> file, <c>1</c> hard link, <c>2</c> symbolic link, <c>5</c> directory ...</summary>
    public required char Type { get; init; }

    /// <summary>Permission bits, 0 to 07777.</summary>
    public required int Mode { get; init; }

    /// <summary>Numeric owner.</summary>
    public required uint Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public required uint Gid { get; init; }

    /// <summary>The owner's name; empty when there is none.</summary>
    public required string UserName { get; init; }

    /// <summary>The group's name; empty when there is none.</summary>
    public required string GroupName { get; init; }

    /// <summary>Whole seconds since 1970 UTC.</summary>
    public required long ModifiedTime { get; init; }

    /// <summary>The target of a link; else empty.</summary>
    public required string LinkName { get; init; }

    /// <summary>The content's size, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The records of its pax header, in order; values are bytes.</summary>
    public required IReadOnlyList<PaxRecord> Records { get; init; }
}
