using Microsoft.Win32.SafeHandles;
using RootfsImporter.Codecs;
using RootfsImporter.Files;

namespace RootfsImporter.Archives;

/// <summary>One nameless temporary file that takes the contents of many files, one after another.</summary>
internal sealed class SpoolFile(string directory) : IDisposable
{
    private const int CopyBytes = 128 * 1024;

    private readonly FileStream _file = NamelessFile.Create(directory);
    private readonly byte[] _buffer = new byte[CopyBytes];
    private long _length;

    /// <summary>
    /// Copies a content to its end; what it gives can be opened as long as this is not disposed. Throws
    /// <see cref="HostException"/> when the disk is full.
    /// </summary>
    public FileContent Add(Stream content, CancellationToken cancellationToken)
    {
        SafeFileHandle handle = _file.SafeFileHandle;
        long start = _length;
        int read;
        while ((read = content.Read(_buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                RandomAccess.Write(handle, _buffer.AsSpan(0, read), _length);
            }
            catch (IOException e) when (HostDisk.Explain(e, $"a temporary file in {directory}") is { } explained)
            {
                throw explained;
            }

            _length += read;
        }

        return new FilePartContent(handle, start, _length - start);
    }

    public void Dispose() => _file.Dispose();
}
