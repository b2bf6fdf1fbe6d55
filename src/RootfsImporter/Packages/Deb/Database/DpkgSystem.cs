using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Database;

/// <summary>What dpkg's database of a root says that matters to a package that comes on top.</summary>
internal sealed record DpkgSystem
{
    private const int MaxFileBytes = 128 << 20;

    private static readonly RootPath Admin = RootPath.Parse("var/lib/dpkg");

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<RootPath> _special = [];
    private readonly List<RootPath> _pathTriggers = [];

    /// <summary>The status file, which ends with an empty line.</summary>
    public required byte[] Status { get; init; }

    /// <summary>Paths at and below which new entries set off a trigger (deb-triggers(5)).</summary>
    public IReadOnlyList<RootPath> PathTriggers => _pathTriggers;

    /// <summary>Reads a root's database; throws <see cref="PackageFormatException"/> for one that is malformed.</summary>
    public static DpkgSystem Read(Rootfs rootfs)
    {
        string current = "status";
        try
        {
            byte[] status = ReadFile(rootfs, current);
            bool isEnded = status.Length == 0 || status.AsSpan().EndsWith("\n\n"u8);
            DpkgSystem system = new() { Status = isEnded ? status : [.. status, .. "\n\n"u8] };
            system._names.UnionWith(DpkgStatus.Parse(status).Select(entry => entry.Name));
            current = "diversions";
            foreach ((RootPath from, (RootPath to, _)) in DpkgDiversions.Parse(ReadFile(rootfs, current)))
            {
                system._special.UnionWith([from, to]);
            }

            current = "statoverride";
            system._special.UnionWith(Lines(rootfs, current).Select(line => ParsePath(line.Split(' ', 4) is [_, _, _, var path] ? path : "")));
            current = "triggers/File";
            system._pathTriggers.AddRange(
                Lines(rootfs, current).Select(line => ParsePath(line[..Math.Max(0, line.LastIndexOf(' '))])).Distinct());
            return system;
        }
        catch (InvalidDataException exception)
        {
            throw new PackageFormatException(
                $"reading the packages of the base, {Admin}/{current}: {exception.Message}",
                DpkgStatusFiles.DamagedHint, exception);
        }
    }

    /// <summary>Whether the database has a package of the name in any state, be it but for its settings.</summary>
    public bool Knows(string name) => _names.Contains(name);

    /// <summary>Whether an entry of this path would get another name, mode or owner than its package says.</summary>
    public bool TreatsSpecially(RootPath path) => _special.Contains(path);

    private static byte[] ReadFile(Rootfs rootfs, string name) => rootfs.TryReadFile(Admin.Append(name), MaxFileBytes) ?? [];

    private static string[] Lines(Rootfs rootfs, string name) =>
        Encoding.UTF8.GetString(ReadFile(rootfs, name)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static RootPath ParsePath(string text) => text.StartsWith('/') && RootPath.TryParse(text, out RootPath path)
        ? path
        : throw new InvalidDataException($"'{text}' is no absolute path");
}
