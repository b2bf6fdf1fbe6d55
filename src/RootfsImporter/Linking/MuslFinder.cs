namespace RootfsImporter.Linking;

/// <summary>Where musl's dynamic linker looks (its ldso/dynlink.c, load_library), without LD_LIBRARY_PATH.</summary>
internal sealed class MuslFinder : LibraryFinder
{
    private const int MaxPathFileBytes = 1 << 16;

    // What other C libraries have in files of their own is all in musl's one.
    private static readonly string[] Reserved = ["libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."];
    private static readonly string[] UsualDirectories = ["/lib", "/usr/local/lib", "/usr/lib"];
    private readonly ILinkRoot _libraries;
    private readonly string[] _directories;

    /// <summary>Reads the root's path file.</summary>
    /// <param name="libraries">The root.</param>
    /// <param name="interpreter">The dynamic linker as programs name it: <c>/lib/ld-musl-x86_64.so.1</c>.</param>
    public MuslFinder(ILinkRoot libraries, string interpreter)
    {
        _libraries = libraries;
        string name = interpreter[(interpreter.LastIndexOf('/') + 1)..];
        PathFile = $"/etc/{name.Split(".so", 2)[0]}.path";
        _directories = SmallFile.TryRead(libraries, PathFile, MaxPathFileBytes) is { } bytes
            ? System.Text.Encoding.UTF8.GetString(bytes).Split([':', '\n'], StringSplitOptions.RemoveEmptyEntries)
            : UsualDirectories;
    }

    /// <summary>The file that names the directories; without it they are the usual ones.</summary>
    public string PathFile { get; }

    /// <summary>Whether the directories are searched in an image without the path file, too.</summary>
    public static bool IsUsual(string directory) => UsualDirectories.Contains(directory);

    /// <inheritdoc/>
    public override bool KnowsSoNames => false;

    /// <inheritdoc/>
    public override bool IsBuiltIn(string name) =>
        Reserved.Any(reserved => name.StartsWith(reserved, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override IEnumerable<Candidate> Candidates(LinkObject by, string name)
    {
        if (name.Contains('/'))
        {
            yield return Direct(_libraries, by, name);
            yield break;
        }

        // Both kinds of path count for whatever the object makes load; DT_RUNPATH where there are both.
        for (LinkObject? owner = by; owner is not null; owner = owner.Loader)
        {
            IReadOnlyList<string> path = owner.Elf.RunPath.Count > 0 ? owner.Elf.RunPath : owner.Elf.RPath;
            foreach (Candidate candidate in InPath(_libraries, path, owner, name, text => text.Contains('$') ? null : text))
            {
                yield return candidate;
            }
        }

        foreach (string directory in _directories.Where(directory => directory.StartsWith('/')))
        {
            yield return new Candidate(_libraries, $"{directory.TrimEnd('/')}/{name}", null) { IsOfRoot = true };
        }
    }
}
