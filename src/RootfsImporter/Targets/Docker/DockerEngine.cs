using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RootfsImporter.Codecs;
using RootfsImporter.Files;

namespace RootfsImporter.Targets.Docker;

/// <summary>
/// A client of the Docker Engine API (moby, api/swagger.yaml), and of podman's service, which speaks it too. What goes
/// wrong is a <see cref="DeliveryException"/>, or when images are read a <see cref="FetchException"/>.
/// </summary>
internal sealed class DockerEngine : IDisposable
{
    private const int MaxAnswerBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);

    private readonly Uri _host;
    private readonly PlaceKind _kind;
    private readonly HttpClient _client;

    /// <summary>Throws when the address is of a kind that is not supported.</summary>
    internal DockerEngine(Uri host, PlaceKind kind)
    {
        _host = host;
        _kind = kind;
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        Uri address = new("http://docker/");
        if (host.Scheme == "unix")
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(host.LocalPath, cancellationToken);
        }
        else
        {
            address = LoopbackAddress(host);
        }

        _client = new HttpClient(handler)
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
    }

    public void Dispose() => _client.Dispose();

    /// <summary>What answers. The one request without a version in its path, to learn the version.</summary>
    internal Task<DockerVersion> GetVersionAsync(CancellationToken cancellationToken) =>
        GetAsync("version", DockerJsonContext.Default.DockerVersion, cancellationToken);

    /// <summary>An image by its name.</summary>
    internal Task<DockerImage> GetImageAsync(
        DockerVersion version, string name, CancellationToken cancellationToken) =>
        GetAsync($"v{version.ApiVersion}/images/{name}/json", DockerJsonContext.Default.DockerImage, cancellationToken);

    /// <summary>Loads an archive, as it is being written.</summary>
    internal async Task LoadAsync(
        DockerVersion version, ImageArchive archive, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"v{version.ApiVersion}/images/load?quiet=1")
        {
            Content = new DockerArchiveHttpContent(archive)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/x-tar") },
            },
        };
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await ReadMessagesAsync(body, cancellationToken);
    }

    /// <summary>
    /// Has an image saved, into a file without a name in a directory; the caller disposes it.
    /// </summary>
    internal async Task<FileStream> SaveAsync(string name, string directory, CancellationToken cancellationToken)
    {
        DockerVersion version = await GetVersionAsync(cancellationToken);
        using HttpRequestMessage request = new(HttpMethod.Get, $"v{version.ApiVersion}/images/{name}/get");
        using HttpResponseMessage response = await SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using Stream body = new BoundedStream(
            await response.Content.ReadAsStreamAsync(cancellationToken), ArchiveFiles.MaxBytes);
        return await NamelessFile.CopyAsync(body, directory, cancellationToken);
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Uri LoopbackAddress(Uri host) =>
        host.Scheme is "tcp" or "http" && host.IsLoopback && host.Port > 0
            ? new Uri($"http://{host.Authority}/")
            : throw Error(
                $"cannot talk to the Docker Engine at {host}: only unix:///PATH and tcp://127.0.0.1:PORT can be used",
                _kind == PlaceKind.Source
                    ? "forward its socket with ssh, or save the image over there and read docker-archive:FILE"
                    : "forward its socket with ssh, or deliver to docker-archive:FILE and load that over there");

    private RootfsImporterException Error(string message, string? hint = null, Exception? inner = null) =>
        _kind == PlaceKind.Source
            ? new FetchException(message, hint, inner)
            : new DeliveryException(message, hint, inner);

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            using HttpResponseMessage response = await SendAsync(request, timeout.Token);
            return await response.Content.ReadFromJsonAsync(type, timeout.Token)
                ?? throw Error($"the Docker Engine at {_host} answered GET /{path} with null");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Error(
                $"the Docker Engine at {_host} did not answer GET /{path} in {AnswerTimeout.TotalSeconds} seconds",
                "see whether 'docker version' answers, and restart the engine if not",
                e);
        }
        catch (JsonException e)
        {
            throw Error($"what answers at {_host} is not a Docker Engine: {e.Message}", null, e);
        }
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            string body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw Error(
                $"the Docker Engine at {_host} refused {request.Method} {request.RequestUri?.PathAndQuery}: "
                + $"{(int)response.StatusCode} {ExplanationIn(body)}");
        }
    }

    private static string ExplanationIn(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, DockerJsonContext.Default.DockerMessage)?.Message ?? body;
        }
        catch (JsonException)
        {
            return body.Length > 500 ? body[..500] : body;
        }
    }

    /// <summary>
    /// The answer to a load is a sequence of JSON objects. Its status is 200 before the archive is read, so failures
    /// are among them.
    /// </summary>
    private async Task ReadMessagesAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            IAsyncEnumerable<DockerMessage?> messages = JsonSerializer.DeserializeAsyncEnumerable(
                body, DockerJsonContext.Default.DockerMessage, topLevelValues: true, cancellationToken);
            await foreach (DockerMessage? message in messages)
            {
                if ((message?.ErrorDetail?.Message ?? message?.Error) is { } error)
                {
                    throw Error($"the Docker Engine at {_host} could not load the image: {error}");
                }
            }
        }
        catch (JsonException e)
        {
            throw Error(
                $"the Docker Engine at {_host} answered to a load with something that is not JSON: {e.Message}", null, e);
        }
    }

    private RootfsImporterException Unreachable(HttpRequestException exception)
    {
        Exception cause = exception.InnerException ?? exception;
        string? hint = (cause as SocketException)?.SocketErrorCode switch
        {
            SocketError.AccessDenied => "run as root, or as a member of the group that owns the socket (often 'docker')",
            SocketError.AddressNotAvailable or SocketError.ConnectionRefused =>
                "start the Docker Engine ('systemctl start docker', or 'dockerd' as root), set DOCKER_HOST to where it "
                + (_kind == PlaceKind.Source ? "listens" : "listens, or deliver to docker-archive:FILE, which needs none")
                + "; 'rootfs-importer doctor' tells more",
            _ => null,
        };
        // The runtime's words for a missing Unix socket are "Cannot assign requested address".
        string reason = _host.Scheme == "unix" && !File.Exists(_host.LocalPath)
            ? $"there is no {_host.LocalPath}"
            : cause.Message;
        return Error($"cannot talk to the Docker Engine at {_host}: {reason}", hint, exception);
    }
}
