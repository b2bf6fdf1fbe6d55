using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mono.Unix.Native;
using RootfsImporter.Files;
using RootfsImporter.Linux;
using RootfsImporter.Profiles;

namespace RootfsImporter.Stages;

/// <summary>Copies files from beside a profile into a root.</summary>
internal static class FileCopier
{
    private const int MaxAccountBytes = 4 << 20;
    private const int ExecutableMode = 0b111_101_101;
    private const int PlainMode = 0b110_100_100;

    private static readonly RootPath Passwd = RootPath.Parse("etc/passwd");
    private static readonly RootPath Group = RootPath.Parse("etc/group");

    /// <summary>
    /// Copies all of them in order, and says how many files and links there were. They get <paramref name="time"/>, so that a checkout's own times do not show.
    /// Throws <see cref="ProfileException"/> for a source that cannot be read, an owner that the root does not know, and a
    /// target that is something else.
    /// </summary>
    public static int Copy(IReadOnlyList<CopiedFile> files, Rootfs rootfs, long time)
    {
        int count = 0;
        foreach (CopiedFile file in files)
        {
            (uint uid, uint gid) = OwnerOf(file, rootfs);
            foreach (HostFile found in Find(file))
            {
                TreeEntry entry = new()
                {
                    Path = RootPath.Parse(file.Target).Append(found.Relative),
                    Kind = found.Kind,
                    Mode = found.Kind == EntryKind.File ? file.Mode ?? found.Mode : found.Mode,
                    Uid = uid,
                    Gid = gid,
                    ModifiedTime = time,
                    LinkTarget = found.LinkTarget,
                };
                Explain(file, () => Put(rootfs, entry, found.Path));
                count += found.Kind == EntryKind.Directory ? 0 : 1;
            }
        }

        return count;
    }

    /// <summary>
    /// The digest of what would be copied: names, kinds, contents and who may execute them. Throws as <see cref="Copy"/>
    /// does for sources.
    /// </summary>
    public static Digest DigestOf(IReadOnlyList<CopiedFile> files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (CopiedFile file in files)
        {
            foreach (HostFile found in Find(file))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file.Target}\0{found.Relative}\0{found.Kind}\0{found.Mode}\0{found.LinkTarget}\0")));
                if (found.Kind == EntryKind.File)
                {
                    Explain(file, () =>
                    {
                        using FileStream content = File.OpenRead(found.Path);
                        hash.AppendData(SHA256.HashData(content));
                    });
                }
            }
        }

        return Digest.FromBytes(hash.GetHashAndReset());
    }

    private static void Put(Rootfs rootfs, TreeEntry entry, string hostPath)
    {
        switch (entry.Kind)
        {
            case EntryKind.Directory:
                if (!rootfs.TryCreateDirectory(entry) && !rootfs.IsDirectory(entry.Path))
                {
                    throw new IOException($"{entry.Path} is there and is no directory");
                }

                break;
            case EntryKind.Symlink:
                rootfs.Remove(entry.Path);
                rootfs.TryCreateSymlink(entry);
                break;
            default:
                using (FileStream content = File.OpenRead(hostPath))
                {
                    rootfs.Place(entry, rootfs.Stage(content));
                }

                break;
        }
    }

    private static (uint Uid, uint Gid) OwnerOf(CopiedFile file, Rootfs rootfs)
    {
        string[] parts = file.Owner.Split(':', 2);
        string[]? account = Line(rootfs, Passwd, parts[0]);
        uint uid = Id(parts[0], account, file, "user");
        string group = parts.Length > 1 ? parts[1] : account is null ? parts[0] : account[3];
        return (uid, Id(group, Line(rootfs, Group, group), file, "group"));
    }

    private static uint Id(string word, string[]? line, CopiedFile file, string what) =>
        uint.TryParse(line is null ? word : line[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            ? id
            : throw new ProfileException(
                $"copying {file.Source}: the image has no {what} '{word}'",
                "write a number, or install the package that makes the account");

    /// <summary>The fields of an account (passwd(5), group(5)); null for none of that name.</summary>
    private static string[]? Line(Rootfs rootfs, RootPath path, string name) =>
        rootfs.TryReadFile(path, MaxAccountBytes) is { } bytes
            ? Encoding.UTF8.GetString(bytes).Split('\n').Select(line => line.Split(':'))
                .FirstOrDefault(fields => fields.Length > 3 && fields[0] == name)
            : null;

    private static List<HostFile> Find(CopiedFile file)
    {
        List<HostFile> found = [];
        Explain(file, () => Find(new FileInfo(file.Source), "", found));
        return found;
    }

    private static void Find(FileSystemInfo item, string relative, List<HostFile> found)
    {
        if (item.LinkTarget is { } target)
        {
            found.Add(new HostFile(item.FullName, relative, EntryKind.Symlink, 0b111_111_111, target));
            return;
        }

        DirectoryInfo directory = new(item.FullName);
        if (!directory.Exists)
        {
            // Opening a pipe to read it waits for somebody who writes to it.
            if ((Posix.Stat(item.FullName).st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFREG)
            {
                throw new IOException($"{item.FullName} is no file, directory or symbolic link");
            }

            bool isExecutable = (item.UnixFileMode & UnixFileMode.UserExecute) != 0;
            found.Add(new HostFile(
                item.FullName, relative, EntryKind.File, isExecutable ? ExecutableMode : PlainMode, null));
            return;
        }

        found.Add(new HostFile(item.FullName, relative, EntryKind.Directory, ExecutableMode, null));
        foreach (FileSystemInfo child in directory.EnumerateFileSystemInfos().OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            Find(child, $"{relative}/{child.Name}", found);
        }
    }

    private static void Explain(CopiedFile file, Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException
            || (exception is IOException error && !HostFault.Is(error)))
        {
            throw new ProfileException(
                $"copying {file.Source} to {file.Target}: {exception.Message}",
                "a source is a file, link or directory that can be read", exception);
        }
    }

    /// <summary>Something on the host that is copied.</summary>
    private sealed record HostFile(string Path, string Relative, EntryKind Kind, int Mode, string? LinkTarget);
}
