using Microsoft.Win32.SafeHandles;

namespace RootfsImporter.Files;

/// <summary>
/// Reads a part of an open file, with a position of its own and without a buffer, so that several can read the one file. The
/// file stays the caller's. A file that has become shorter ends early.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the part begins, bytes.</param>
/// <param name="length">How many bytes it has.</param>
internal sealed class FilePartStream(SafeFileHandle file, long start, long length) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    /// <summary>All of a file, as long as it is now.</summary>
    public static FilePartStream Whole(SafeFileHandle file) => new(file, 0, RandomAccess.GetLength(file));

    public override int Read(Span<byte> buffer)
    {
        int read = RandomAccess.Read(file, buffer[..Want(buffer.Length)], start + Position);
        Position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await RandomAccess.ReadAsync(file, buffer[..Want(buffer.Length)], start + Position, cancellationToken);
        Position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => Length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Want(int count) => (int)Math.Clamp(length - Position, 0, count);
}

/// <summary>The content of a file in a tree that is a part of an open file.</summary>
/// <param name="File">The open file; whoever opened it closes it.</param>
/// <param name="Offset">Where the content begins.</param>
/// <param name="Size">How many bytes it has.</param>
internal sealed record FilePartContent(SafeFileHandle File, long Offset, long Size) : FileContent
{
    /// <inheritdoc/>
    public override long Length => Size;

    /// <inheritdoc/>
    public override Stream Open() => new FilePartStream(File, Offset, Size);
}
