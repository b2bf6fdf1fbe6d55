using System.Security.Cryptography;

namespace RootfsImporter.Net;

/// <summary>
/// A file of the cache that is being downloaded, exclusively ours while it is open. Hashes what is written as it is
/// written. Left behind when disposed before <see cref="CommitAsync"/>, for a later build to resume.
/// </summary>
internal sealed class PartialFile(FileStream file, FileIdentity expected, string destination) : IAsyncDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isCommitted;

    /// <summary>How many bytes of the file are there.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the bytes came in more than one transfer, so that they may not belong together.</summary>
    public bool IsPieced { get; private set; }

    /// <summary>What is wrong with the file, now that it has all its bytes; null: nothing.</summary>
    public async ValueTask<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        // The common kind was hashed as it came in.
        if (expected is FileIdentity.Sha256 sha256)
        {
            Digest found = Digest.FromBytes(_hash.GetCurrentHash());
            return found == sha256.Digest ? null : $"found {found}";
        }

        file.Position = 0;
        string? fault = await expected.FindFaultAsync(file, cancellationToken);
        file.Position = file.Length;
        return fault;
    }

    /// <summary>Takes up what an earlier build left, unless that is longer than the file can be.</summary>
    public async Task ResumeAsync(long size, CancellationToken cancellationToken)
    {
        await GuardAsync(async () =>
        {
            if (file.Length > size)
            {
                file.SetLength(0);
            }

            file.Position = 0;
            byte[] buffer = new byte[128 * 1024];
            long length = file.Length;
            int count;
            while (Length < length && (count = await file.ReadAsync(buffer, cancellationToken)) > 0)
            {
                _hash.AppendData(buffer.AsSpan(0, count));
                Length += count;
            }
        });
        IsPieced = Length > 0;
    }

    /// <summary>Notes that another transfer continues what is there.</summary>
    public void Continue() => IsPieced |= Length > 0;

    /// <summary>Forgets all bytes.</summary>
    public void Restart()
    {
        if (Length > 0)
        {
            _hash.GetHashAndReset();
            file.SetLength(0);
        }

        Length = 0;
        IsPieced = false;
    }

    /// <summary>Adds bytes at the end.</summary>
    public async Task AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await GuardAsync(async () => await file.WriteAsync(bytes, cancellationToken));
        _hash.AppendData(bytes.Span);
        Length += bytes.Length;
    }

    /// <summary>
    /// Puts the file, in which <see cref="FindFaultAsync"/> found nothing, in its place and makes it read only.
    /// Returns that place.
    /// </summary>
    public async Task<string> CommitAsync()
    {
        await GuardAsync(() =>
        {
            File.SetUnixFileMode(
                file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            Directory.CreateDirectory(Path.GetDirectoryName(destination)!);
            File.Move(file.Name, destination, overwrite: true);
            return Task.CompletedTask;
        });
        _isCommitted = true;
        return destination;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isCommitted && Length == 0)
        {
            File.Delete(file.Name);
        }

        _hash.Dispose();
        await file.DisposeAsync();
    }

    private async Task GuardAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (CacheErrors.IsHostError(e))
        {
            throw CacheErrors.Describe($"cannot store {expected.Text} in", file.Name, e);
        }
    }
}
