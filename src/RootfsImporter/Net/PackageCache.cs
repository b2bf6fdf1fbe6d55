using RootfsImporter.Files;

namespace RootfsImporter.Net;

/// <summary>
/// Files addressed by their identity under one directory, shared by concurrent builds:
/// <code>
/// sha256/ab/abcdef...    complete, verified, read only
/// KIND/ab/abcdef...      the same, of other identities
/// partial/abcdef....part being downloaded; locked by whoever does
/// corrupt/abcdef...      found to be wrong later; kept for whoever wonders why
/// NAME/                  derived data of other parts of the program
/// </code>
/// A file enters its place by rename only, so it is there whole or not at all.
/// </summary>
internal sealed class PackageCache(string directory, IProgress<BuildEvent> events)
{
    // EWOULDBLOCK of flock(2), by which .NET makes FileShare on Linux.
    private const int WouldBlock = 11;
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>A sub-directory for derived data (<c>layers</c>, <c>results</c>); made when absent.</summary>
    public string Folder(string name)
    {
        string path = Path.Combine(directory, name);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (CacheErrors.IsHostError(e))
        {
            throw CacheErrors.Describe("cannot make the cache directory", path, e);
        }

        return path;
    }

    /// <summary>Where the file is, or would be.</summary>
    public string PathOf(FileIdentity identity) => Path.Combine(directory, identity.CachePath);

    /// <summary>
    /// The path of a cached file, or null. The content is hashed anew each time: the disk under a cache is not part of
    /// what a build trusts, and hashing costs less than unpacking. A wrong file is moved aside, with a warning.
    /// </summary>
    public async Task<string?> FindAsync(FileIdentity identity, CancellationToken cancellationToken)
    {
        string path = PathOf(identity);
        while (true)
        {
            try
            {
                await using FileStream file = OpenToHash(path);
                if (file.Length == identity.Size && await identity.FindFaultAsync(file, cancellationToken) is null)
                {
                    UnusedFiles.Touch(path, DateTime.UtcNow);
                    return path;
                }

                break;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (IOException e) when (IsLocked(e))
            {
                // It was renamed into place this moment and its downloader is about to close it.
                await Task.Delay(LockPoll, cancellationToken);
            }
            catch (Exception e) when (CacheErrors.IsHostError(e))
            {
                throw CacheErrors.Describe("cannot read the cached file", path, e);
            }
        }

        MoveAside(identity, path);
        return null;
    }

    /// <summary>
    /// Takes the exclusive right to download a file, waiting while another build, or another task of this one, has it.
    /// Look again with <see cref="FindAsync"/> afterwards: the other one may have finished. The caller disposes it.
    /// </summary>
    public async Task<PartialFile> LockAsync(FileIdentity identity, CancellationToken cancellationToken)
    {
        string path = Path.Combine(Folder("partial"), Path.GetFileName(identity.CachePath) + ".part");
        for (bool isWaiting = false; ; isWaiting = true)
        {
            if (TryLock(path) is FileStream file)
            {
                // Its holder may have renamed it into place between our open and our lock.
                if (File.Exists(path))
                {
                    return new PartialFile(file, identity, PathOf(identity));
                }

                await file.DisposeAsync();
                continue;
            }

            if (!isWaiting)
            {
                events.Report(new BuildEvent.Detail($"waiting for another download of {identity.Text}"));
            }

            await Task.Delay(LockPoll, cancellationToken);
        }
    }

    private static FileStream OpenToHash(string path) => new(path, new FileStreamOptions
    {
        Options = FileOptions.SequentialScan,
        Share = FileShare.Read | FileShare.Delete,
        BufferSize = 0,
    });

    private static bool IsLocked(IOException e) => e.HResult == WouldBlock;

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, useAsync: false);
        }
        catch (IOException e) when (IsLocked(e))
        {
            return null;
        }
        catch (Exception e) when (CacheErrors.IsHostError(e))
        {
            throw CacheErrors.Describe("cannot write the cached file", path, e);
        }
    }

    private void MoveAside(FileIdentity identity, string path)
    {
        string aside = Path.Combine(Folder("corrupt"), Path.GetFileName(identity.CachePath));
        try
        {
            File.Move(path, aside, overwrite: true);
        }
        catch (FileNotFoundException)
        {
            // Another build moved it first.
        }

        events.Report(new BuildEvent.Warning(
            $"the cached file {path} is not what its name says; it was moved to {aside} and is fetched again"));
    }
}
