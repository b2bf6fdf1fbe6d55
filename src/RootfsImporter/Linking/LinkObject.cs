using RootfsImporter.Elf;
using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>A program or library as the dynamic linker has it loaded.</summary>
internal sealed record LinkObject
{
    /// <summary>The root that it lies in.</summary>
    public required ILinkRoot View { get; init; }

    /// <summary>The absolute path by which it was opened, links and all.</summary>
    public required string Opened { get; init; }

    /// <summary>Where it really lies.</summary>
    public required RootPath Real { get; init; }

    /// <summary>Where it is in the image when that is not where it was opened; else null.</summary>
    public RootPath? MovedTo { get; init; }

    /// <summary>Its headers.</summary>
    public required ElfFile Elf { get; init; }

    /// <summary>Who made it load; null for a program.</summary>
    public LinkObject? Loader { get; init; }

    /// <summary>Where it is in the image: what messages call it.</summary>
    public string Name => (MovedTo ?? Real).ToString();

    /// <summary>
    /// What <c>$ORIGIN</c> is where it was found: of a program the directory that the kernel says (/proc/self/exe, links
    /// followed), of a library that of the path by which it was opened.
    /// </summary>
    public string Origin => Loader is null ? Real.Parent.ToString() : Opened[..Math.Max(Opened.LastIndexOf('/'), 1)];

    /// <summary>What <c>$ORIGIN</c> is in the image when it was moved; else null.</summary>
    public string? MovedOrigin => MovedTo?.Parent.ToString();
}

/// <summary>A place where a library may be.</summary>
/// <param name="View">The root.</param>
/// <param name="Path">Absolute path in it, with <c>..</c> as it was written.</param>
/// <param name="MovedTo">Where it has to be in the image to be found there; null: at the same path.</param>
internal readonly record struct Candidate(ILinkRoot View, string Path, RootPath? MovedTo)
{
    /// <summary>
    /// Whether the settings of the root lead there, or the dynamic linker's defaults; not the one who needs it.
    /// </summary>
    public bool IsOfRoot { get; init; }

    /// <summary>The directory.</summary>
    public string Directory => Path[..Math.Max(Path.LastIndexOf('/'), 1)];
}
