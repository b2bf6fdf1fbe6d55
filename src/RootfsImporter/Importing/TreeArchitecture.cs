using RootfsImporter.Elf;
using RootfsImporter.Files;

namespace RootfsImporter.Importing;

/// <summary>Which architecture a tree is of, by what lies in it.</summary>
internal static class TreeArchitecture
{
    private static readonly RootPath[] Programs =
    [
        .. ((string[])
        [
            "usr/bin/dpkg", "sbin/apk", "bin/busybox", "bin/sh", "bin/bash", "bin/ls", "usr/bin/env", "usr/bin/coreutils",
            "usr/lib/systemd/systemd", "sbin/init",
        ]).Select(path => RootPath.Parse(path)),
    ];

    /// <summary>
    /// The first well-known program that is there, with its architecture, which is null for one that no distribution here
    /// is built for; null when there is no program.
    /// </summary>
    public static Finding? FindProgram(RootTree tree)
    {
        foreach (RootPath path in Programs)
        {
            if (tree.FindContent(path) is { } content && TryRead(content) is { } elf)
            {
                return new Finding($"{path} is a program", elf.Architecture);
            }
        }

        return null;
    }

    /// <summary>The architecture that most of the installed packages are of; null when all are of any.</summary>
    /// <param name="architectures">The packages' own, in the words of their family.</param>
    public static Finding? FindInDatabase(IEnumerable<string> architectures) => architectures
        .Select(name => Architecture.TryParse(name, out Architecture? architecture) ? architecture : null)
        .OfType<Architecture>()
        .GroupBy(architecture => architecture)
        .OrderByDescending(group => group.Count())
        .ThenBy(group => group.Key.Deb, StringComparer.Ordinal)
        .Select(group => new Finding($"{group.Count()} installed packages are", group.Key))
        .FirstOrDefault();

    /// <summary>
    /// The architecture of a tree. Throws <see cref="ProfileException"/> when what was found contradicts itself or what is
    /// wanted, or nothing was found.
    /// </summary>
    /// <param name="source">The tree's name, for messages.</param>
    /// <param name="wanted">What the user says, or null.</param>
    /// <param name="findings">What was found, the most exact first.</param>
    public static Architecture Decide(string source, Architecture? wanted, IReadOnlyList<Finding> findings)
    {
        string found = string.Join(", ", findings.Select(finding => $"{finding.Where} of {finding.Name}"));
        Architecture? decided = wanted ?? findings.Select(finding => finding.Architecture).FirstOrDefault(a => a is not null);
        if (decided is null)
        {
            throw new ProfileException(
                found.Length == 0
                    ? $"nothing in {source} tells its architecture"
                    : $"{source} is of no architecture that is known here: {found}",
                found.Length == 0 ? "say it with --arch" : "with --keep-as-is and --arch it is taken as it is");
        }

        if (findings.All(finding => finding.Architecture?.ElfMachine == decided.ElfMachine))
        {
            return decided;
        }

        throw wanted is null
            ? new ProfileException(
                $"{source} contradicts itself: {found}", "with --keep-as-is and --arch it is taken as it is")
            : new ProfileException($"{source} is not of {wanted}: {found}", "leave --arch out, or name the right tree");
    }

    private static ElfFile? TryRead(FileContent content)
    {
        try
        {
            using Stream stream = content.Open();
            return ElfFile.TryRead(stream);
        }
        catch (InvalidDataException)
        {
            return null; // Damaged, or not meant to be one: the next may tell.
        }
    }
}

/// <summary>Something in a tree that tells its architecture.</summary>
/// <param name="Where">What it is, as the beginning of a sentence: <c>/bin/sh is a program</c>.</param>
/// <param name="Architecture">The architecture, or null for one that is not known here.</param>
internal sealed record Finding(string Where, Architecture? Architecture)
{
    /// <summary>The architecture for people.</summary>
    public string Name => Architecture?.ToString() ?? "another machine";
}
