using Microsoft.Win32.SafeHandles;
using RootfsImporter.Codecs;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>A blob that is a part of an open file.</summary>
/// <param name="File">The file; whoever opened it closes it.</param>
/// <param name="Offset">Where the blob starts.</param>
/// <param name="Size">How many bytes it has.</param>
internal sealed record FilePartBlob(SafeFileHandle File, long Offset, long Size) : BlobContent
{
    public override Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(new PartStream(File, Offset, Size));

    /// <summary>Has its own position, so that several can read the one file.</summary>
    private sealed class PartStream(SafeFileHandle file, long offset, long size) : ReadOnlyStream
    {
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            int read = RandomAccess.Read(file, buffer[..Want(buffer.Length)], offset + _position);
            _position += read;
            return read;
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await RandomAccess.ReadAsync(
                file, buffer[..Want(buffer.Length)], offset + _position, cancellationToken);
            _position += read;
            return read;
        }

        public override Task<int> ReadAsync(
            byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        private int Want(int length) => (int)Math.Min(length, size - _position);
    }
}
