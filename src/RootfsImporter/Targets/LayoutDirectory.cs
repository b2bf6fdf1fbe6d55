using System.Text.Json.Nodes;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>
/// An OCI layout on disk, locked for one change: blobs first, then <see cref="CommitAsync"/>. Disposed without it, the
/// layout is what it was.
/// </summary>
/// <remarks>
/// Without the lock two builds would each read index.json, add their own tag and lose the other's; and one could
/// remove as garbage what the other is about to refer to. Everything is written to one file beside its destination
/// and renamed when it is on the disk, so that after a power cut index.json names no blob that is not there.
/// </remarks>
internal sealed class LayoutDirectory : IAsyncDisposable
{
    /// <summary>The one file that is being written, in the directory itself.</summary>
    internal const string PartialName = ".partial";

    private readonly string _directory;
    private readonly FileStream _layoutFile;
    private readonly bool _isNew;
    private readonly List<string> _made;
    private readonly List<string> _newBlobs = [];
    private bool _isCommitted;

    private LayoutDirectory(string directory, FileStream layoutFile, List<string> made)
    {
        _directory = directory;
        _layoutFile = layoutFile;
        _isNew = layoutFile.Length == 0;
        _made = made;
    }

    private string IndexPath => Path.Combine(_directory, OciLayout.IndexFileName);

    private string PartialPath => Path.Combine(_directory, PartialName);

    /// <summary>Throws <see cref="InvalidDataException"/> when the directory is not a layout that can be added to.</summary>
    internal static void Check(string directory)
    {
        LayoutLock.CheckIsLayoutOrEmpty(directory);
        string layoutFile = Path.Combine(directory, OciLayout.FileName);
        if (!File.Exists(layoutFile))
        {
            return;
        }

        try
        {
            using FileStream stream = File.OpenRead(layoutFile);
            // An empty one was left by a build that was killed.
            if (stream.Length > 0)
            {
                CheckVersion(directory, stream);
            }
        }
        catch (IOException e) when (LayoutLock.IsHeld(e))
        {
            // Another build is writing to it, so it is one.
        }

        LayoutIndex.Read(Path.Combine(directory, OciLayout.IndexFileName));
    }

    /// <summary>Opens or makes a layout and waits for its lock. Dispose it to let the next one in.</summary>
    internal static async Task<LayoutDirectory> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        List<string> made = [];
        LayoutDirectory layout = new(
            directory, await LayoutLock.AcquireAsync(directory, made, cancellationToken), made);
        try
        {
            await layout.InitialiseAsync(cancellationToken);
            return layout;
        }
        catch
        {
            await layout.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds a blob, unless it is there. Throws <see cref="InvalidDataException"/> when it is not what it should be.</summary>
    internal async Task PutBlobAsync(
        Digest digest, long size, BlobContent content, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_directory, OciLayout.BlobPath(digest));
        bool exists = File.Exists(path);
        if (exists && await IsIntactAsync(path, digest, size, cancellationToken))
        {
            return;
        }

        await using Stream source = await content.OpenAsync(cancellationToken);
        await WriteAsync(
            path, stream => LayerContent.CopyVerifiedAsync(source, stream, digest, size, cancellationToken));
        if (!exists)
        {
            _newBlobs.Add(path);
        }
    }

    /// <summary>
    /// Points tags to an image whose blobs are all there. This is the moment at which the layout changes; after it, what
    /// only the tags' former images needed is removed.
    /// </summary>
    internal async Task CommitAsync(
        IReadOnlyList<(string Tag, Descriptor Descriptor)> tags, CancellationToken cancellationToken)
    {
        LayoutIndex index = LayoutIndex.Read(IndexPath);
        JsonObject[] replaced = [.. tags.SelectMany(tag => index.Put(tag.Tag, tag.Descriptor))];
        cancellationToken.ThrowIfCancellationRequested();
        byte[] json = index.ToBytes();
        if (!index.Original.Span.SequenceEqual(json))
        {
            await WriteAsync(IndexPath, stream => stream.WriteAsync(json, CancellationToken.None).AsTask());
        }

        _isCommitted = true;
        RemoveGarbage(index, replaced);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isCommitted)
        {
            TryRemove(() => _newBlobs.ForEach(File.Delete));
            if (_isNew)
            {
                RemoveNewLayout();
            }
        }

        await _layoutFile.DisposeAsync();
    }

    private static void CheckVersion(string directory, FileStream layoutFile)
    {
        byte[] json = new byte[Math.Min(layoutFile.Length, OciJson.MaxDocumentBytes + 1)];
        layoutFile.ReadExactly(json);
        try
        {
            OciLayout.Parse(json);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{Path.Combine(directory, OciLayout.FileName)}: {e.Message}", e);
        }
    }

    private static async Task<bool> IsIntactAsync(
        string path, Digest digest, long size, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream existing = File.OpenRead(path);
            await LayerContent.CopyVerifiedAsync(existing, Stream.Null, digest, size, cancellationToken);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>What may be gone or in use is left; it does no harm and the next delivery is not stopped by it.</summary>
    private static void TryRemove(Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        if (_isNew)
        {
            await _layoutFile.WriteAsync(OciLayout.CurrentBytes.ToArray(), cancellationToken);
            _layoutFile.Flush(flushToDisk: true);
        }
        else
        {
            CheckVersion(_directory, _layoutFile);
        }

        // Before anything is copied: a broken index.json should not be found out after the work.
        LayoutIndex.Read(IndexPath);
        Directory.CreateDirectory(Path.Combine(_directory, OciLayout.BlobDirectory));
    }

    private async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        try
        {
            await using (FileStream stream = new(
                PartialPath, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous))
            {
                await write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(PartialPath, path, overwrite: true);
        }
        catch
        {
            TryRemove(() => File.Delete(PartialPath));
            throw;
        }
    }

    private void RemoveGarbage(LayoutIndex index, JsonObject[] replaced)
    {
        if (replaced.Length == 0
            || LayoutGarbage.Find(_directory, replaced, index.Manifests) is not { } garbage)
        {
            return;
        }

        foreach (Digest digest in garbage)
        {
            TryRemove(() => File.Delete(Path.Combine(_directory, OciLayout.BlobPath(digest))));
        }
    }

    /// <summary>The deepest first; a directory that holds what somebody else put there stays.</summary>
    private void RemoveNewLayout()
    {
        TryRemove(() => Directory.Delete(Path.Combine(_directory, OciLayout.BlobDirectory)));
        TryRemove(() => Directory.Delete(Path.Combine(_directory, Path.GetDirectoryName(OciLayout.BlobDirectory)!)));
        TryRemove(() => File.Delete(Path.Combine(_directory, OciLayout.FileName)));
        foreach (string directory in Enumerable.Reverse(_made))
        {
            TryRemove(() => Directory.Delete(directory));
        }
    }
}
