using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>Where glibc's dynamic linker looks (ld.so(8), "DESCRIPTION"), without LD_LIBRARY_PATH.</summary>
internal sealed class GlibcFinder : LibraryFinder
{
    private const int MaxCacheBytes = 64 << 20;
    private readonly ILinkRoot _libraries;
    private readonly Architecture _architecture;
    private readonly LdSoCache? _cache;
    private readonly IReadOnlyList<string> _configured;
    private readonly IReadOnlyList<string> _builtIn;

    /// <summary>Reads the root's cache, or its settings when it has no cache that can be read.</summary>
    /// <param name="libraries">The root.</param>
    /// <param name="architecture">The architecture of the programs.</param>
    /// <param name="interpreter">Where the dynamic linker really lies, which tells its default directories.</param>
    public GlibcFinder(ILinkRoot libraries, Architecture architecture, RootPath interpreter)
    {
        _libraries = libraries;
        _architecture = architecture;
        _cache = ReadCache(libraries, architecture);
        _configured = _cache is null ? LdSoConf.Read(libraries) : [];
        _builtIn = BuiltIn(interpreter);
        Defaults = [.. _builtIn.Concat(Usual(architecture)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The directories that are searched last, whatever the settings say.</summary>
    public IReadOnlyList<string> Defaults { get; }

    /// <inheritdoc/>
    public override bool KnowsSoNames => true;

    /// <summary>
    /// Whether the dynamic linker is sure to look in a directory without a cache: of those that distributions have
    /// built into
    /// theirs, the ones beside where this one lies.
    /// </summary>
    public bool IsSearchedAnyway(string directory) => _builtIn.Contains(directory);

    /// <inheritdoc/>
    public override IEnumerable<Candidate> Candidates(LinkObject by, string name)
    {
        if (name.Contains('/'))
        {
            return [Direct(_libraries, by, name)];
        }

        IEnumerable<Candidate> found = by.Elf.RunPath.Count > 0
            ? InPath(_libraries, by.Elf.RunPath, by, name, Expand)
            : Inherited(by, name);
        return found.Concat(Elsewhere(by, name));
    }

    /// <summary>
    /// DT_RPATH of the object and of those that made it load; it does not count where there is a DT_RUNPATH.
    /// </summary>
    private IEnumerable<Candidate> Inherited(LinkObject by, string name)
    {
        for (LinkObject? owner = by; owner is not null; owner = owner.Loader)
        {
            if (owner.Elf.RunPath.Count == 0)
            {
                foreach (Candidate candidate in InPath(_libraries, owner.Elf.RPath, owner, name, Expand))
                {
                    yield return candidate;
                }
            }
        }
    }

    private IEnumerable<Candidate> Elsewhere(LinkObject by, string name)
    {
        IEnumerable<string> paths = (_cache?.Find(name) ?? []).Concat(
            _configured.Where(directory => directory.StartsWith('/')).Select(directory => $"{directory}/{name}"));
        if (by.Elf.SkipsDefaultDirectories)
        {
            paths = paths.Where(path => !Defaults.Contains(path[..path.LastIndexOf('/')]));
        }
        else
        {
            paths = paths.Concat(Defaults.Select(directory => $"{directory}/{name}"));
        }

        return paths.Where(path => path.StartsWith('/')).Select(path => new Candidate(_libraries, path, null) { IsOfRoot = true });
    }

    private string? Expand(string text)
    {
        text = Replace(text, "LIB", _builtIn[0].TrimStart('/'));
        string? platform = Multiarch.PlatformOf(_architecture);
        if (platform is not null)
        {
            text = Replace(text, "PLATFORM", platform);
        }

        return text.Contains('$') ? null : text;
    }

    private static string Replace(string text, string token, string value) => text
        .Replace($"${{{token}}}", value, StringComparison.Ordinal).Replace($"${token}", value, StringComparison.Ordinal);

    private static LdSoCache? ReadCache(ILinkRoot libraries, Architecture architecture)
    {
        try
        {
            return SmallFile.TryRead(libraries, "/etc/ld.so.cache", MaxCacheBytes) is { } bytes
                ? LdSoCache.Parse(bytes, isBigEndian: architecture.Deb == "s390x")
                : null;
        }
        catch (InvalidDataException)
        {
            // As ld.so does with one that it cannot use.
            return null;
        }
    }

    /// <summary>
    /// glibc is configured with one directory for itself, <c>/lib/x86_64-linux-gnu</c> or <c>/lib64</c> or <c>/lib</c>;
    /// the same
    /// below /usr is its other default. Debian's has the directories above them as well.
    /// </summary>
    private static IReadOnlyList<string> BuiltIn(RootPath interpreter)
    {
        string own = interpreter.Parent.Value;
        string below = own.StartsWith("usr/", StringComparison.Ordinal) ? own["usr/".Length..] : own;
        return below.StartsWith("lib/", StringComparison.Ordinal)
            ? [$"/{below}", $"/usr/{below}", "/lib", "/usr/lib"]
            : [$"/{below}", $"/usr/{below}"];
    }

    private static IReadOnlyList<string> Usual(Architecture architecture)
    {
        string triplet = Multiarch.TripletOf(architecture);
        string[] biarch = Multiarch.Has64BitDirectories(architecture) ? ["/lib64", "/usr/lib64"] : [];
        return [$"/lib/{triplet}", $"/usr/lib/{triplet}", .. biarch, "/lib", "/usr/lib"];
    }
}
