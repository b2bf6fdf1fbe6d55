using System.Net;

namespace RootfsImporter.Targets.Docker;

/// <summary>An archive as the body of a request, written straight into the connection: it never is a file.</summary>
internal sealed class DockerArchiveHttpContent(ImageArchive archive) : HttpContent
{
    protected override Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        archive.WriteToAsync(stream, cancellationToken);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = archive.Length;
        return true;
    }
}
