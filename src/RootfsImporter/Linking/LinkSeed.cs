using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>A file or directory that the user names.</summary>
/// <param name="View">The root that it lies in.</param>
/// <param name="Path">Absolute path in it.</param>
/// <param name="MovedTo">Where it goes in the image; null: to the same path, with the links on the way.</param>
internal sealed record LinkSeed(ILinkRoot View, string Path, RootPath? MovedTo);

/// <summary>A library, or the interpreter of a program, that is nowhere.</summary>
/// <param name="Name">Its name as it is needed, or the interpreter's path.</param>
/// <param name="NeededBy">Who needs it, as paths in the image.</param>
/// <param name="Searched">Where it was looked for: directories of the root, in order.</param>
internal sealed record MissingLibrary(string Name, IReadOnlyList<string> NeededBy, IReadOnlyList<string> Searched);

/// <summary>What a program needs.</summary>
internal sealed record LinkResult
{
    /// <summary>The files, with the reasons.</summary>
    public required LinkedTree Tree { get; init; }

    /// <summary>The libraries that were not found, by name.</summary>
    public required IReadOnlyList<MissingLibrary> Missing { get; init; }

    /// <summary>The architecture of all programs and libraries; null when there are none.</summary>
    public required Architecture? Architecture { get; init; }

    /// <summary>Where the first seed is in the image when it can be started, as program or script; else null.</summary>
    public required RootPath? Program { get; init; }

    /// <summary>Scripts among the seeds, by where they are in the image, with their interpreters.</summary>
    public required IReadOnlyList<(string Script, string Interpreter)> Scripts { get; init; }
}
