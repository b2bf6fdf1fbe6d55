using Microsoft.Win32.SafeHandles;
using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>A blob that is a part of an open file.</summary>
/// <param name="File">The file; whoever opened it closes it.</param>
/// <param name="Offset">Where the blob starts.</param>
/// <param name="Size">How many bytes it has.</param>
internal sealed record FilePartBlob(SafeFileHandle File, long Offset, long Size) : BlobContent
{
    public override Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(new FilePartStream(File, Offset, Size));
}
