using Mono.Unix.Native;

namespace RootfsImporter.Cli.Output;

/// <summary>What tells whether two paths, of which the file need not exist, are the same.</summary>
internal static class FileIdentity
{
    /// <summary>
    /// The nearest directory that exists, as device and inode, and what follows: links and mounts in the path do
    /// not matter.
    /// </summary>
    public static string Of(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string rest = "";
        for (string? above = full; above is not null; above = Path.GetDirectoryName(above))
        {
            // Of a file itself the name counts: it is replaced, so that another link to it stays what it was.
            if ((rest.Length > 0 || Directory.Exists(above)) && Syscall.stat(above, out Stat status) == 0)
            {
                return $"{status.st_dev}:{status.st_ino}{rest}";
            }

            rest = $"/{Path.GetFileName(above)}{rest}";
        }

        return full;
    }
}
