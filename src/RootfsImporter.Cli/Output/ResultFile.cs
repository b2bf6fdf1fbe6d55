using System.Text;
using System.Text.RegularExpressions;
using Mono.Unix;
using Mono.Unix.Native;

namespace RootfsImporter.Cli.Output;

/// <summary>A place beside the image that the user asked a list to be written to.</summary>
/// <param name="Path">The place as the user wrote it.</param>
internal abstract partial record ResultFile(string Path)
{
    /// <summary>Standard output, as options spell it.</summary>
    public const string StandardOutput = "-";

    /// <summary>As many links as Linux follows in one path (path_resolution(7)).</summary>
    private const int MaxLinks = 40;

    /// <summary>What two places have in common when they are the same, or null when that does not matter.</summary>
    public abstract string? Identity { get; }

    /// <summary>
    /// The place that a path means, looked at before anything is built; null for null. Throws <see
    /// cref="HostException"/> for one that cannot be written.
    /// </summary>
    public static ResultFile? Find(string? path)
    {
        if (path is null)
        {
            return null;
        }

        if (path.Length == 0)
        {
            throw new ProfileException("the name of a file to write is empty", "name a file");
        }

        string location = path == StandardOutput ? "/dev/stdout" : System.IO.Path.GetFullPath(path);
        for (int links = 0; links <= MaxLinks; links++)
        {
            if (DescriptorName().Match(location) is { Success: true } name)
            {
                return OfDescriptor(path, name.Groups["number"].Value);
            }

            if (Syscall.lstat(location, out Stat status) != 0)
            {
                return OfFile(path, location);
            }

            switch (status.st_mode & FilePermissions.S_IFMT)
            {
                case FilePermissions.S_IFLNK:
                    location = System.IO.Path.Combine(
                        System.IO.Path.GetDirectoryName(location)!, UnixPath.ReadLink(location));
                    break;
                case FilePermissions.S_IFREG:
                    return OfFile(path, location);
                case FilePermissions.S_IFIFO or FilePermissions.S_IFCHR:
                    return new Device(path, location, IsShared: (status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFCHR);
                default:
                    throw Unwritable(path, "it is neither a file nor a pipe nor a character device");
            }
        }

        throw Unwritable(path, "it is a chain of too many links");
    }

    /// <summary>Writes the content; throws <see cref="HostException"/>.</summary>
    /// <param name="content">All of it.</param>
    /// <param name="output">Standard output.</param>
    public void Write(string content, TextWriter output)
    {
        try
        {
            WriteTo(content, output);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostException(
                $"the file {Path} could not be written: {e.Message}",
                "check that its directory may be written to and has space", e);
        }
    }

    /// <summary>Writes the content.</summary>
    protected abstract void WriteTo(string content, TextWriter output);

    private static Descriptor OfDescriptor(string path, string name)
    {
        int number = name switch
        {
            "stdin" => 0,
            "stdout" => 1,
            "stderr" => 2,
            _ => int.TryParse(name, out int written) ? written : -1,
        };
        // Standard output is written as results are, which says what is wrong with it.
        return number == 1 || Syscall.fcntl(number, FcntlCommand.F_GETFD) >= 0
            ? new Descriptor(path, number)
            : throw Unwritable(path, "no such file is open");
    }

    private static Plain OfFile(string path, string location)
    {
        string directory = System.IO.Path.GetDirectoryName(location)!;
        return System.IO.Path.EndsInDirectorySeparator(location) ? throw Unwritable(path, "it is a directory")
            : !Directory.Exists(directory) ? throw Unwritable(path, $"the directory {directory} does not exist")
            : Syscall.access(directory, AccessModes.W_OK) != 0
                ? throw Unwritable(path, $"the directory {directory} may not be written to")
                : new Plain(path, location);
    }

    private static HostException Unwritable(string path, string why) => new(
        $"the file {path} cannot be written: {why}",
        why.EndsWith("not exist", StringComparison.Ordinal) ? "make it, or name another" : "name another");

    /// <summary>Names of this process's open files: opening one again would begin at its start.</summary>
    [GeneratedRegex(
        @"\A/(?:dev/(?<number>stdin|stdout|stderr)|(?:dev|proc/(?:self|thread-self))/fd/(?<number>[0-9]+))\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex DescriptorName();

    /// <summary>A file of the tree, which is replaced as a whole or not at all.</summary>
    internal sealed record Plain(string Path, string Location) : ResultFile(Path)
    {
        /// <inheritdoc/>
        public override string? Identity => FileIdentity.Of(Location);

        /// <inheritdoc/>
        protected override void WriteTo(string content, TextWriter output)
        {
            // A random name: neither a file of the user's nor that of another build.
            string partial = System.IO.Path.Combine(
                System.IO.Path.GetDirectoryName(Location)!,
                $".{System.IO.Path.GetFileName(Location)}.{System.IO.Path.GetRandomFileName()}.partial");
            using FileStream stream = new(partial, FileMode.CreateNew, FileAccess.Write);
            try
            {
                stream.Write(Encoding.UTF8.GetBytes(content));
                stream.Flush();
                File.Move(partial, Location, overwrite: true);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
    }

    /// <summary>A named pipe or a character device, which is written to as it is.</summary>
    internal sealed record Device(string Path, string Location, bool IsShared) : ResultFile(Path)
    {
        /// <summary>Nothing is lost when two lists go to a device, such as /dev/null.</summary>
        public override string? Identity => IsShared ? null : FileIdentity.Of(Location);

        /// <inheritdoc/>
        protected override void WriteTo(string content, TextWriter output)
        {
            using FileStream stream = new(
                Location, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(Encoding.UTF8.GetBytes(content));
        }
    }

    /// <summary>A file that this process was started with.</summary>
    internal sealed record Descriptor(string Path, int Number) : ResultFile(Path)
    {
        /// <summary>Whether it is where results are printed.</summary>
        public bool IsStandardOutput => Number == 1;

        /// <inheritdoc/>
        public override string? Identity => $"descriptor {Number}";

        /// <inheritdoc/>
        protected override void WriteTo(string content, TextWriter output)
        {
            if (IsStandardOutput)
            {
                output.Write(content);
                return;
            }

            using UnixStream stream = new(Number, ownsHandle: false);
            stream.Write(Encoding.UTF8.GetBytes(content));
        }
    }
}
