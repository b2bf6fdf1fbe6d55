using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>A script of a package.</summary>
/// <param name="Kind">The name without its dot: <c>pre-install</c>, <c>post-install</c>, <c>trigger</c> ...</param>
/// <param name="Mode">Permission bits in the archive.</param>
/// <param name="ModifiedTime">Whole seconds since 1970 UTC.</param>
/// <param name="Content">The script, bounded with the control part that holds it.</param>
internal sealed record ApkScript(string Kind, int Mode, long ModifiedTime, ReadOnlyMemory<byte> Content);

/// <summary>The control part of an .apk, read whole: it is small and bounded.</summary>
/// <param name="Info">The metadata.</param>
/// <param name="Scripts">The scripts in the archive's order.</param>
internal sealed record ApkControl(PkgInfo Info, IReadOnlyList<ApkScript> Scripts)
{
    private const int MaxMembers = 256;

    private static readonly string[] ScriptKinds =
    [
        "pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall", "trigger",
    ];

    /// <summary>
    /// Reads the section's tar to its end. Hidden files of other names are ignored, as apk does; anything else does not
    /// belong there and is an <see cref="InvalidDataException"/>.
    /// </summary>
    public static ApkControl Read(Stream tar)
    {
        ApkTarReader reader = new(tar);
        PkgInfo? info = null;
        List<ApkScript> scripts = [];
        int members = 0;
        while (reader.ReadNext() is ApkTarEntry entry)
        {
            if (entry.Type is not ('0' or '7') || !entry.Name.StartsWith('.') || entry.Name.Contains('/')
                || ++members > MaxMembers)
            {
                throw new InvalidDataException($"unexpected entry '{entry.Name}'");
            }

            byte[] content = ReadAll(reader.OpenContent());
            string kind = entry.Name[1..];
            if (entry.Name == ".PKGINFO")
            {
                info = info is null
                    ? PkgInfo.Parse(content)
                    : throw new InvalidDataException(".PKGINFO is there twice");
            }
            else if (scripts.Exists(script => script.Kind == kind))
            {
                throw new InvalidDataException($"{entry.Name} is there twice");
            }
            else if (ScriptKinds.Contains(kind))
            {
                scripts.Add(new ApkScript(kind, entry.Mode, entry.ModifiedTime, content));
            }
        }

        return new ApkControl(
            info ?? throw new InvalidDataException("there is no .PKGINFO"), scripts);
    }

    /// <summary>Throws <see cref="InvalidDataException"/> unless this is the locked package.</summary>
    public void CheckIs(LockedPackage package)
    {
        // An index may give a package for all architectures under the name of one (apk index --rewrite-arch).
        if (Info.Name != package.Name || Info.Version != package.Version
            || (Info.Architecture != package.Architecture && Info.Architecture != "noarch"))
        {
            throw new InvalidDataException(
                $"the file holds {Info.Name} {Info.Version} {Info.Architecture}, but the index promised "
                    + $"{package.Name} {package.Version} {package.Architecture}");
        }
    }

    /// <summary>A script by its kind, or null.</summary>
    public ApkScript? Script(string kind) => Scripts.FirstOrDefault(script => script.Kind == kind);

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
