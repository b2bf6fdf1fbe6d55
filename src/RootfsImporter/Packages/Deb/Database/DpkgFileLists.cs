using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Repositories;

namespace RootfsImporter.Packages.Deb.Database;

/// <summary>
/// Reads which paths the packages brought: <c>info/NAME.list</c>, or <c>info/NAME:ARCH.list</c> for packages that several
/// architectures may have side by side, and in images without dpkg the hashes beside each stanza.
/// </summary>
internal static class DpkgFileLists
{
    private const int MaxListBytes = 64 << 20;
    private const long MaxTotalBytes = 512L << 20;
    private const int HashLength = 32;

    private static readonly RootPath Info = RootPath.Parse("var/lib/dpkg/info");
    private static readonly RootPath Diversions = RootPath.Parse("var/lib/dpkg/diversions");

    /// <summary>
    /// Where the paths really lie, links and diversions followed. A package without a list counts as one without files, as
    /// it does for dpkg. Throws <see cref="PackageFormatException"/> for a list that cannot be read.
    /// </summary>
    public static IReadOnlySet<RootPath> Read(RootTree tree, IReadOnlyList<DebPackage> packages)
    {
        HashSet<RootPath> paths = [];
        long total = 0;
        RootPath current = Diversions;
        try
        {
            IReadOnlyDictionary<RootPath, (RootPath To, string? Except)> diversions =
                DpkgDiversions.Parse(tree.TryReadFile(Diversions, MaxListBytes));
            foreach (DebPackage package in packages)
            {
                current = Info.Append($"{package.Name}:{package.Architecture}.list");
                byte[]? list = tree.TryReadFile(current, MaxListBytes);
                if (list is null)
                {
                    current = Info.Append($"{package.Name}.list");
                    list = tree.TryReadFile(current, MaxListBytes) ?? [];
                }

                Count(list);
                foreach (RootPath path in Parse(list, skip: 0))
                {
                    paths.Add(tree.Locate(
                        diversions.TryGetValue(path, out (RootPath To, string? Except) diversion)
                            && diversion.Except != package.Name
                            ? diversion.To
                            : path));
                }
            }

            foreach (RootPath file in DpkgStatusFiles.InStatusDirectory(tree)
                .Where(path => path.Name.EndsWith(DpkgStatusFiles.HashesSuffix, StringComparison.Ordinal)))
            {
                current = file;
                byte[] hashes = tree.TryReadFile(file, MaxListBytes) ?? [];
                Count(hashes);
                paths.UnionWith(Parse(hashes, skip: HashLength).Select(tree.Locate));
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            throw new PackageFormatException(
                $"reading which files the packages of the base brought, {current}: {exception.Message}",
                DpkgStatusFiles.DamagedHint, exception);
        }

        return paths;

        void Count(byte[] list)
        {
            total += list.Length;
            if (total > MaxTotalBytes)
            {
                throw new InvalidDataException($"with this list, all have more than {MaxTotalBytes} bytes");
            }
        }
    }

    /// <summary>One path a line, after what is to be skipped.</summary>
    private static List<RootPath> Parse(byte[] text, int skip)
    {
        List<RootPath> paths = [];
        int start = 0;
        while (start < text.Length)
        {
            int length = text.AsSpan(start).IndexOf((byte)'\n');
            length = length < 0 ? text.Length - start : length;
            if (length <= skip)
            {
                throw new InvalidDataException($"the line at byte {start} holds no path");
            }

            // A name of bytes that are no text is one that a tree of the same bytes has as well.
            ReadOnlySpan<byte> line = text.AsSpan(start + skip, length - skip);
            paths.Add(RootPath.Parse(Encoding.UTF8.GetString(skip > 0 ? line.TrimStart((byte)' ') : line)));
            start += length + 1;
        }

        return paths;
    }
}
