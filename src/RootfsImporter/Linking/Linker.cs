using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>
/// Collects what programs need to run: their interpreters, the libraries that these load, and every link by which those are
/// found. Nothing is executed.
/// </summary>
internal sealed class Linker
{
    private readonly ILinkRoot _libraries;
    private readonly LinkedTree _tree = new();
    private readonly ElfCatalog _catalog = new();
    private readonly List<LinkObject> _programs = [];
    private readonly List<LinkObject> _others = [];
    private readonly List<(string, string)> _scripts = [];

    private Linker(ILinkRoot libraries)
    {
        _libraries = libraries;
    }

    /// <summary>
    /// Collects seeds and what they need. Throws <see cref="ProfileException"/> for a seed that is not there, for files of
    /// more than one architecture or of one that is not known, and for two files that are to be at one path;
    /// <see cref="PackageFormatException"/> for a damaged program or library.
    /// </summary>
    /// <param name="seeds">What the user names, at least one.</param>
    /// <param name="libraries">The root that interpreters and libraries are taken from.</param>
    public static LinkResult Link(IReadOnlyList<LinkSeed> seeds, ILinkRoot libraries)
    {
        Linker linker = new(libraries);
        try
        {
            foreach (LinkSeed seed in seeds)
            {
                linker.AddSeed(seed);
            }

            Architecture? architecture = linker.OneArchitecture();
            LoadedLibraries loaded = new(libraries, linker._tree, linker._catalog);
            loaded.LoadAll(linker._programs, linker._others);
            return new LinkResult
            {
                Tree = linker._tree,
                Missing = loaded.Missing,
                Architecture = architecture,
                Program = linker.FirstProgram(seeds[0]),
                Scripts = linker._scripts,
            };
        }
        catch (InvalidDataException exception)
        {
            throw new ProfileException(
                $"collecting the files of the image: {exception.Message}",
                "give one of the files another place: FILE:/PATH",
                exception);
        }
    }

    private void AddSeed(LinkSeed seed)
    {
        TreeEntry end = _tree.PutTrail(seed.View, seed.Path, seed.MovedTo, new LinkReason(LinkReasonKind.Named))
            ?? throw new ProfileException($"there is no {seed.Path}", "name a file or directory that exists");
        if (seed.MovedTo is null && NamedLink(seed) is { } link)
        {
            _tree.Put(link, new LinkReason(LinkReasonKind.Named));
        }

        switch (end.Kind)
        {
            case EntryKind.Directory:
                foreach (SeedFile file in SeedDirectory.Add(_tree, seed, end.Path))
                {
                    Take(seed.View, file.Source.ToString(), file.Source, file.MovedTo);
                }

                break;
            case EntryKind.File:
                if (!Take(seed.View, seed.Path, end.Path, seed.MovedTo))
                {
                    TakeScript(seed.View, end, seed.MovedTo);
                }

                break;
            default:
                throw new ProfileException(
                    $"{seed.Path} is neither a regular file nor a directory", "name what is one of them");
        }
    }

    /// <summary>The link that the user named, where a program has several names; else null.</summary>
    private static TreeEntry? NamedLink(LinkSeed seed)
    {
        string name = seed.Path[(seed.Path.LastIndexOf('/') + 1)..];
        return LinkTrail.Follow(seed.View, seed.Path)?.Links.FirstOrDefault(link => link.Path.Name == name);
    }

    /// <summary>Whether a file is a program or a library; it is followed then.</summary>
    private bool Take(ILinkRoot view, string opened, RootPath real, RootPath? movedTo)
    {
        if (_catalog.TryRead(view, real) is not { } elf)
        {
            return false;
        }

        // Object files and kernel modules are ELF files, too; nothing loads them with libraries.
        if (elf.IsProgram || elf.IsDynamic)
        {
            (elf.IsProgram ? _programs : _others).Add(
                new LinkObject { View = view, Opened = opened, Real = real, MovedTo = movedTo, Elf = elf });
        }

        return true;
    }

    private void TakeScript(ILinkRoot view, TreeEntry file, RootPath? movedTo)
    {
        string name = (movedTo ?? file.Path).ToString();
        foreach (string interpreter in ScriptLine.Interpreters(file, _libraries))
        {
            _scripts.Add((name, interpreter));
            TreeEntry end = _tree.PutTrail(
                _libraries, interpreter, movedTo: null, new LinkReason(LinkReasonKind.Interpreter, name))
                ?? throw new ResolveException(
                    $"the script {name} is run by {interpreter}, which is not there",
                    "name another root with --root or --from, or change the first line of the script");
            Take(_libraries, interpreter, end.Path, movedTo: null);
        }
    }

    private Architecture? OneArchitecture()
    {
        LinkObject[] all = [.. _programs, .. _others];
        if (all.FirstOrDefault(one => one.Elf.Architecture is null) is { } unknown)
        {
            throw new ProfileException(
                $"{unknown.Name} is built for a machine or system that is not known here",
                $"known are {string.Join(", ", Architecture.All)}, with Linux");
        }

        string[] found = [.. all.GroupBy(one => one.Elf.Architecture).Select(group => $"{group.Key} ({group.First().Name})")];
        return found.Length > 1
            ? throw new ProfileException(
                $"the files are for more than one architecture: {string.Join(", ", found)}",
                "an image is for one; name the files of one only")
            : all.FirstOrDefault()?.Elf.Architecture;
    }

    private RootPath? FirstProgram(LinkSeed first)
    {
        if (LinkTrail.Follow(first.View, first.Path)?.End is not { Kind: EntryKind.File } end
            || !(_programs.Any(one => one.View == first.View && one.Real == end.Path)
                || _scripts.Any(script => script.Item1 == (first.MovedTo ?? end.Path).ToString())))
        {
            return null;
        }

        // Started by the name that the user gave: programs look at it.
        return first.MovedTo ?? RootPath.Parse(first.Path);
    }
}
