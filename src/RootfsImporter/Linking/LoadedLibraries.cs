using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>
/// Loads programs one after another as their dynamic linkers would, breadth first, and puts all that they load into a tree.
/// </summary>
internal sealed class LoadedLibraries(ILinkRoot libraries, LinkedTree tree, ElfCatalog catalog)
{
    private const int MaxObjects = 4096;
    private const int MaxLookups = 1_000_000;
    private readonly SortedDictionary<string, (SortedSet<string> By, List<string> Searched)> _missing =
        new(StringComparer.Ordinal);
    private readonly Dictionary<string, LibraryFinder> _finders = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _cached = new(StringComparer.Ordinal);
    private int _lookups;

    /// <summary>What was not found, by name.</summary>
    public IReadOnlyList<MissingLibrary> Missing =>
        [.. _missing.Select(pair => new MissingLibrary(pair.Key, [.. pair.Value.By], pair.Value.Searched))];

    /// <summary>
    /// Loads programs, each for itself, and then libraries that some program will load at run time (dlopen(3)): by then the
    /// programs' own are loaded. Throws <see cref="InvalidDataException"/> for more libraries than any program has.
    /// </summary>
    public void LoadAll(IReadOnlyList<LinkObject> programs, IReadOnlyList<LinkObject> plugins)
    {
        Dictionary<string, LinkObject> all = new(StringComparer.Ordinal);
        foreach (LinkObject program in programs)
        {
            foreach ((string name, LinkObject loaded) in Load(program, new(StringComparer.Ordinal)))
            {
                all.TryAdd(name, loaded);
            }
        }

        // A program may load its plugins in any order: each finds the others by name.
        foreach (LinkObject plugin in plugins)
        {
            all.TryAdd(plugin.Elf.SoName ?? plugin.Real.Name, plugin);
        }

        LinkObject? main = programs.Count > 0 ? programs[0] : null;
        foreach (LinkObject plugin in plugins)
        {
            Load(plugin with { Loader = main }, new(all, StringComparer.Ordinal));
        }

        WriteCache((main ?? (plugins.Count > 0 ? plugins[0] : null))?.Elf.Architecture);
    }

    private Dictionary<string, LinkObject> Load(LinkObject first, Dictionary<string, LinkObject> names)
    {
        LibraryFinder? finder = Begin(first, names);
        Dictionary<(ILinkRoot, RootPath, RootPath?), LinkObject> objects = [];
        Queue<LinkObject> ahead = new([first]);
        while (finder is not null && ahead.TryDequeue(out LinkObject? by))
        {
            foreach (string name in by.Elf.Needed)
            {
                LinkReason reason = new(LinkReasonKind.Needed, by.Name);
                if (names.TryGetValue(name, out LinkObject? loaded))
                {
                    PutReason(loaded, reason);
                }
                else if (!finder.IsBuiltIn(name) && Find(finder, by, name, reason) is { } found)
                {
                    (ILinkRoot, RootPath, RootPath?) identity = (found.View, found.Real, found.MovedTo);
                    if (objects.TryAdd(identity, found))
                    {
                        ahead.Enqueue(found);
                    }

                    names[name] = objects[identity];
                    if (finder.KnowsSoNames && found.Elf.SoName is string soName)
                    {
                        names.TryAdd(soName, objects[identity]);
                    }

                    if (objects.Count > MaxObjects)
                    {
                        throw new InvalidDataException($"{first.Name} needs more than {MaxObjects} libraries");
                    }
                }
            }
        }

        return names;
    }

    /// <summary>Puts the interpreter in and says how it looks for libraries; null for what loads none.</summary>
    private LibraryFinder? Begin(LinkObject first, Dictionary<string, LinkObject> names)
    {
        if (first.Elf.Interpreter is not string interpreter)
        {
            return first.Elf.Needed.Count > 0 ? FinderOf(first) : null;
        }

        LinkReason reason = new(LinkReasonKind.Interpreter, first.Name);
        string path = interpreter.StartsWith('/') ? interpreter : "/" + interpreter;
        if (tree.PutTrail(libraries, path, movedTo: null, reason) is not { Kind: EntryKind.File } end)
        {
            Miss(interpreter, first, [path[..Math.Max(path.LastIndexOf('/'), 1)]]);
            return null;
        }

        if (catalog.TryRead(libraries, end.Path) is { } elf)
        {
            LinkObject loader = new() { View = libraries, Opened = path, Real = end.Path, Elf = elf, Loader = first };
            names.TryAdd(elf.SoName ?? path[(path.LastIndexOf('/') + 1)..], loader);
            names.TryAdd(path[(path.LastIndexOf('/') + 1)..], loader);
        }

        return FinderOf(path, end.Path, first.Elf.Architecture!);
    }

    private LibraryFinder FinderOf(string interpreter, RootPath real, Architecture architecture)
    {
        if (!_finders.TryGetValue(interpreter, out LibraryFinder? finder))
        {
            bool isMusl = interpreter.Contains("/ld-musl-", StringComparison.Ordinal);
            finder = isMusl
                ? new MuslFinder(libraries, interpreter)
                : new GlibcFinder(libraries, architecture, real);
            _finders.Add(interpreter, finder);
        }

        return finder;
    }

    /// <summary>Of a library: that of the program that loads it, or of the C library that it is linked with.</summary>
    private LibraryFinder FinderOf(LinkObject library)
    {
        Architecture architecture = library.Elf.Architecture!;
        if (_finders.Values.FirstOrDefault() is { } known)
        {
            return known;
        }

        string? musl = library.Elf.Needed.FirstOrDefault(name => name.StartsWith("libc.musl-", StringComparison.Ordinal));
        if (musl is not null)
        {
            string linker = $"/lib/ld-musl-{musl["libc.musl-".Length..]}";
            return FinderOf(linker, RootPath.Parse(linker), architecture);
        }

        string[] directories = [$"lib/{Multiarch.TripletOf(architecture)}", "lib64", "lib"];
        string directory = directories.FirstOrDefault(
            one => LinkTrail.Follow(libraries, "/" + one)?.End.Kind == EntryKind.Directory) ?? directories[0];
        return FinderOf($"/{directory}/ld.so", RootPath.Parse($"{directory}/ld.so"), architecture);
    }

    private LinkObject? Find(LibraryFinder finder, LinkObject by, string name, LinkReason reason)
    {
        List<string> searched = [];
        foreach (Candidate candidate in finder.Candidates(by, name))
        {
            if (++_lookups > MaxLookups)
            {
                throw new InvalidDataException($"{by.Name} has libraries looked for in more places than any program has");
            }

            searched.Add(candidate.Directory);
            if (LinkTrail.Follow(candidate.View, candidate.Path)?.End is not { Kind: EntryKind.File } end
                || catalog.TryRead(candidate.View, end.Path) is not { } elf
                || elf.Architecture?.ElfMachine != by.Elf.Architecture!.ElfMachine)
            {
                continue;
            }

            tree.PutTrail(candidate.View, candidate.Path, candidate.MovedTo, reason);
            NoteSettings(finder, candidate, name);
            return new LinkObject
            {
                View = candidate.View,
                Opened = candidate.Path,
                Real = end.Path,
                MovedTo = candidate.MovedTo,
                Elf = elf,
                Loader = by,
            };
        }

        Miss(name, by, searched);
        return null;
    }

    /// <summary>What lies where only the settings of the root lead needs settings in the image, too.</summary>
    private void NoteSettings(LibraryFinder finder, Candidate candidate, string name)
    {
        switch (finder)
        {
            case GlibcFinder glibc when candidate.IsOfRoot && !glibc.IsSearchedAnyway(candidate.Directory):
                _cached.TryAdd(name, candidate.Path);
                break;
            case MuslFinder musl when candidate.IsOfRoot && !MuslFinder.IsUsual(candidate.Directory):
                tree.PutTrail(libraries, musl.PathFile, movedTo: null, new LinkReason(LinkReasonKind.Setting, candidate.Path));
                break;
        }
    }

    private void WriteCache(Architecture? architecture)
    {
        if (_cached.Count == 0)
        {
            return;
        }

        TreeEntry cache = new()
        {
            Path = RootPath.Parse("etc/ld.so.cache"),
            Kind = EntryKind.File,
            Mode = 0b110_100_100,
            Content = new BytesContent(LdSoCache.Write(_cached, architecture!)),
        };
        foreach (string path in _cached.Values)
        {
            tree.Put(cache, new LinkReason(LinkReasonKind.Setting, path));
        }
    }

    private void PutReason(LinkObject loaded, LinkReason reason)
    {
        if (loaded.MovedTo is null)
        {
            tree.PutTrail(loaded.View, loaded.Real.ToString(), movedTo: null, reason);
        }
        else
        {
            tree.PutTrail(loaded.View, loaded.Opened, loaded.MovedTo, reason);
        }
    }

    private void Miss(string name, LinkObject by, IReadOnlyList<string> searched)
    {
        if (!_missing.TryGetValue(name, out (SortedSet<string> By, List<string> Searched) missing))
        {
            _missing.Add(name, missing = (new(StringComparer.Ordinal), []));
        }

        missing.By.Add(by.Name);
        missing.Searched.AddRange(searched.Except(missing.Searched, StringComparer.Ordinal));
    }
}
