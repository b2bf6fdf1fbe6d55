using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using RootfsImporter.Oci;

namespace RootfsImporter.TestData;

/// <summary>
/// A Docker Engine as far as loading and saving an image goes: it reads the archive that it is sent, checks it as moby's
/// tarexport does, keeps the image and tells of it. The defaults are those of version 20.10.
/// </summary>
public sealed class FakeDockerEngine : IAsyncDisposable
{
    private readonly UnixHttpServer _server;
    private readonly Dictionary<string, LoadedImage> _images = [];
    private readonly List<string> _requests = [];

    public FakeDockerEngine(TempDirectory directory)
    {
        string socket = directory["engine.sock"];
        Host = new Uri("unix://" + socket);
        _server = new UnixHttpServer(socket, AnswerAsync);
    }

    /// <summary>As DOCKER_HOST has it.</summary>
    public Uri Host { get; }

    public string ApiVersion { get; init; } = "1.41";

    public string Arch { get; init; } = "amd64";

    /// <summary>Instead of loading: this error in the stream, after status 200.</summary>
    public string? LoadError { get; init; }

    /// <summary>Instead of loading: status 500 with this message.</summary>
    public string? ServerError { get; init; }

    /// <summary>Hang up in the middle of the archive.</summary>
    public bool HangsUp { get; init; }

    /// <summary>Tell of another image than was loaded.</summary>
    public bool MixesUpImages { get; init; }

    /// <summary>Method and target of each request, in order.</summary>
    public IReadOnlyList<string> Requests => _requests;

    /// <summary>Names of the loaded images, as they were given.</summary>
    public IReadOnlyCollection<string> ImageNames => _images.Keys;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<UnixHttpResponse?> AnswerAsync(UnixHttpRequest request)
    {
        _requests.Add($"{request.Method} {request.Target}");
        string prefix = $"/v{ApiVersion}/";
        if (request is { Method: "GET", Target: "/version" })
        {
            return Json(200, $$"""
                {"Platform":{"Name":""},"Version":"20.10.24","ApiVersion":"{{ApiVersion}}","MinAPIVersion":"1.12","Os":"linux","Arch":"{{Arch}}"}
                """);
        }

        if (!request.Target.StartsWith(prefix, StringComparison.Ordinal))
        {
            return Json(400, """{"message":"client version is not supported"}""");
        }

        string path = request.Target[prefix.Length..];
        return (request.Method, path) switch
        {
            ("POST", "images/load?quiet=1") => await LoadAsync(request.Body),
            ("GET", _) when path.StartsWith("images/", StringComparison.Ordinal)
                && path.EndsWith("/get", StringComparison.Ordinal) => Save(path["images/".Length..^"/get".Length]),
            ("GET", _) when path.StartsWith("images/", StringComparison.Ordinal) => Tell(path["images/".Length..^"/json".Length]),
            _ => Json(404, """{"message":"page not found"}"""),
        };
    }

    private async Task<UnixHttpResponse?> LoadAsync(Stream body)
    {
        if (HangsUp)
        {
            await body.ReadExactlyAsync(new byte[1024]);
            return null;
        }

        using MemoryStream archive = new();
        await body.CopyToAsync(archive);
        if (ServerError is not null)
        {
            return Json(500, $$"""{"message":"{{ServerError}}"}""");
        }

        string error = LoadError ?? "";
        try
        {
            if (LoadError is null)
            {
                archive.Position = 0;
                return Json(200, string.Concat(Load(archive).Select(
                    name => $$"""{"stream":"Loaded image: {{name}}\n"}""" + "\r\n")));
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or JsonException or KeyNotFoundException)
        {
            error = e.Message;
        }

        string text = JsonEncodedText.Encode(error).ToString();
        return Json(200, $$$"""{"status":"Loading"}{{{"\r\n"}}}{"errorDetail":{"message":"{{{text}}}"},"error":"{{{text}}}"}""");
    }

    private string[] Load(MemoryStream archive)
    {
        Dictionary<string, byte[]> files = [];
        using TarReader reader = new(archive);
        while (reader.GetNextEntry() is { } entry)
        {
            using MemoryStream content = new();
            entry.DataStream?.CopyTo(content);
            files.Add(entry.Name, content.ToArray());
        }

        using JsonDocument manifest = JsonDocument.Parse(files["manifest.json"]);
        JsonElement image = manifest.RootElement.EnumerateArray().Single();
        byte[] configBytes = files[image.GetProperty("Config").GetString()!];
        ImageConfig config = ImageConfig.Parse(configBytes);
        string[] layers = [.. image.GetProperty("Layers").EnumerateArray().Select(layer => layer.GetString()!)];
        if (layers.Length != config.Rootfs.DiffIds.Count)
        {
            throw new InvalidDataException("invalid manifest, layers length mismatch");
        }

        foreach ((string layer, Digest diffId) in layers.Zip(config.Rootfs.DiffIds))
        {
            if (Digest.Of(Decompress(files[layer])) != diffId)
            {
                throw new InvalidDataException($"invalid diffID for layer {layer}");
            }
        }

        string[] names = [.. image.GetProperty("RepoTags").EnumerateArray().Select(name => name.GetString()!)];
        foreach (string name in names)
        {
            _images[name] = new LoadedImage(
                Digest.Of(configBytes).ToString(), [.. config.Rootfs.DiffIds.Select(diffId => diffId.ToString())],
                archive.ToArray());
        }

        return names;
    }

    private static byte[] Decompress(byte[] layer)
    {
        if (layer is not [0x1f, 0x8b, ..])
        {
            return layer;
        }

        using GZipStream gzip = new(new MemoryStream(layer), CompressionMode.Decompress);
        using MemoryStream tar = new();
        gzip.CopyTo(tar);
        return tar.ToArray();
    }

    /// <summary>What it saves is what it was given.</summary>
    private UnixHttpResponse Save(string name) => _images.TryGetValue(name, out LoadedImage? image)
        ? new UnixHttpResponse(200, "application/x-tar", "") { Bytes = image.Archive }
        : Json(404, $$"""{"message":"No such image: {{name}}"}""");

    private UnixHttpResponse Tell(string name)
    {
        if (!_images.TryGetValue(name, out LoadedImage? image))
        {
            return Json(404, $$"""{"message":"No such image: {{name}}"}""");
        }

        string layers = MixesUpImages ? "\"sha256:00\"" : string.Join(",", image.Layers.Select(layer => $"\"{layer}\""));
        return Json(200, $$$"""{"Id":"{{{image.Id}}}","RepoTags":["{{{name}}}"],"RootFS":{"Type":"layers","Layers":[{{{layers}}}]}}""");
    }

    private static UnixHttpResponse Json(int status, string body) => new(status, "application/json", body);

    private sealed record LoadedImage(string Id, IReadOnlyList<string> Layers, byte[] Archive);
}
