using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace RootfsImporter.TestData;

/// <summary>What a <see cref="FakeRegistry"/> holds, and the rules by which it takes more (distribution-spec 1.1).</summary>
public sealed class FakeRegistryStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MemoryStream> _uploads = [];
    private readonly Dictionary<(string Repository, string Digest), byte[]> _blobs = [];
    private readonly Dictionary<(string Repository, string Digest), (string Type, byte[] Bytes)> _manifests = [];
    private readonly Dictionary<(string Repository, string Tag), string> _tags = [];
    private int _sessions;

    /// <summary>Whether it knows POST with a digest, or answers as to one without.</summary>
    public bool TakesSingleRequests { get; set; } = true;

    /// <summary>Whether Location headers are absolute.</summary>
    public Uri? LocationRoot { get; set; }

    /// <summary>Whether HEAD is a method that it knows.</summary>
    public bool KnowsHead { get; set; } = true;

    /// <summary>Whether blobs are taken from other repositories.</summary>
    public bool Mounts { get; set; } = true;

    /// <summary>A stored blob, or null.</summary>
    public byte[]? Blob(string repository, Digest digest) => Get(_blobs, (repository, digest.ToString()));

    /// <summary>A stored manifest, or null.</summary>
    public byte[]? Manifest(string repository, Digest digest) => Get(_manifests, (repository, digest.ToString())).Bytes;

    /// <summary>What a tag leads to, or null.</summary>
    public string? Tag(string repository, string tag) => Get(_tags, (repository, tag));

    /// <summary>How many uploads were begun and not ended.</summary>
    public int OpenUploads
    {
        get
        {
            lock (_lock)
            {
                return _uploads.Count;
            }
        }
    }

    public void PutBlob(string repository, ReadOnlySpan<byte> content)
    {
        lock (_lock)
        {
            _blobs[(repository, Digest.Of(content).ToString())] = content.ToArray();
        }
    }

    /// <summary>Stores a manifest without looking at it, under its digest and a tag.</summary>
    public void PutManifest(string repository, string tag, string type, ReadOnlySpan<byte> content)
    {
        lock (_lock)
        {
            string digest = Digest.Of(content).ToString();
            _manifests[(repository, digest)] = (type, content.ToArray());
            _tags[(repository, tag)] = digest;
        }
    }

    internal static string RepositoryOf(string path)
    {
        string[] ends = ["/manifests/", "/blobs/", "/tags/list"];
        int end = ends.Select(text => path.IndexOf(text, StringComparison.Ordinal)).Where(i => i > 4).DefaultIfEmpty(0).Min();
        return end == 0 ? "" : path[4..end];
    }

    internal void ForgetUploads()
    {
        lock (_lock)
        {
            _uploads.Clear();
        }
    }

    internal void Append(FakeRegistryRequest request, byte[] body)
    {
        lock (_lock)
        {
            _uploads.GetValueOrDefault(request.Path.Split('/')[^1])?.Write(body);
        }
    }

    internal FakeRegistryAnswer Answer(FakeRegistryRequest request, byte[] body)
    {
        lock (_lock)
        {
            string repository = RepositoryOf(request.Path);
            string last = request.Path.Split('/')[^1];
            return request switch
            {
                { Path: "/v2/" } => new FakeRegistryAnswer(200),
                { Method: "HEAD" } when !KnowsHead => Error(405, "UNSUPPORTED"),
                _ when repository.Length == 0 => Error(404, "NAME_UNKNOWN"),
                _ when request.Path.Contains("/manifests/", StringComparison.Ordinal) => request.Method == "PUT"
                    ? PutManifest(repository, last, request, body) : GetManifest(repository, last, request),
                { Method: "POST" } => Begin(repository, request, body),
                _ when request.Path.Contains("/blobs/uploads/", StringComparison.Ordinal) =>
                    Continue(repository, last, request, body),
                _ when request.Path.Contains("/blobs/", StringComparison.Ordinal) => GetBlob(repository, last, request),
                _ => new FakeRegistryAnswer(200) { Body = TagList(repository) },
            };
        }
    }

    private static FakeRegistryAnswer Error(int status, string code) => new(status, ("Content-Type", "application/json"))
    {
        Body = Encoding.UTF8.GetBytes($$"""{"errors":[{"code":"{{code}}","message":"so it is","detail":null}]}"""),
    };

    private static (string, string) DigestHeader(string digest) => ("Docker-Content-Digest", digest);

    private T? Get<TKey, T>(Dictionary<TKey, T> map, TKey key)
        where TKey : notnull
    {
        lock (_lock)
        {
            return map.GetValueOrDefault(key);
        }
    }

    private byte[] TagList(string repository) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["name"] = repository,
        ["tags"] = new JsonArray([.. _tags.Keys.Where(key => key.Repository == repository).Select(key => (JsonNode)key.Tag)]),
    }.ToJsonString());

    private FakeRegistryAnswer GetManifest(string repository, string reference, FakeRegistryRequest request)
    {
        string digest = _tags.GetValueOrDefault((repository, reference), reference);
        return _manifests.TryGetValue((repository, digest), out (string Type, byte[] Bytes) found)
            && (request.Headers.GetValueOrDefault("Accept") ?? "").Contains(found.Type, StringComparison.Ordinal)
            ? new FakeRegistryAnswer(
                200, ("Content-Type", found.Type), DigestHeader(digest), ("Content-Length", $"{found.Bytes.Length}"))
            {
                Body = found.Bytes,
            }
            : Error(404, "MANIFEST_UNKNOWN");
    }

    private FakeRegistryAnswer PutManifest(string repository, string reference, FakeRegistryRequest request, byte[] body)
    {
        string digest = Digest.Of(body).ToString();
        if (reference.Contains(':', StringComparison.Ordinal) && reference != digest)
        {
            return Error(400, "DIGEST_INVALID");
        }

        JsonNode document = JsonNode.Parse(body)!;
        string type = request.Headers["Content-Type"];
        IEnumerable<JsonNode?> blobs = (document["layers"]?.AsArray() ?? []).Append(document["config"]);
        bool isComplete = type.Contains("index", StringComparison.Ordinal) || type.Contains("list", StringComparison.Ordinal)
            ? document["manifests"]!.AsArray().All(child => _manifests.ContainsKey((repository, (string)child!["digest"]!)))
            : blobs.All(blob => _blobs.ContainsKey((repository, (string)blob!["digest"]!)));
        if (!isComplete)
        {
            return Error(400, "MANIFEST_BLOB_UNKNOWN");
        }

        _manifests[(repository, digest)] = (type, body);
        if (reference != digest)
        {
            _tags[(repository, reference)] = digest;
        }

        return new FakeRegistryAnswer(201, DigestHeader(digest));
    }

    private FakeRegistryAnswer GetBlob(string repository, string digest, FakeRegistryRequest request)
    {
        if (!_blobs.TryGetValue((repository, digest), out byte[]? blob))
        {
            return Error(404, "BLOB_UNKNOWN");
        }

        string? range = request.Headers.GetValueOrDefault("Range");
        int start = range is null ? 0 : int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return range is null
            ? new FakeRegistryAnswer(200, DigestHeader(digest), ("Content-Length", $"{blob.Length}")) { Body = blob }
            : new FakeRegistryAnswer(206, ("Content-Range", $"bytes {start}-{blob.Length - 1}/{blob.Length}"))
            {
                Body = blob[start..],
            };
    }

    private FakeRegistryAnswer Begin(string repository, FakeRegistryRequest request, byte[] body)
    {
        if (Mounts && request.Query("mount") is { } mount && request.Query("from") is { } from
            && _blobs.TryGetValue((from, mount), out byte[]? blob))
        {
            _blobs[(repository, mount)] = blob;
            return new FakeRegistryAnswer(201, DigestHeader(mount));
        }

        if (TakesSingleRequests && request.Query("digest") is { } digest)
        {
            return Complete(repository, digest, body);
        }

        string session = string.Create(CultureInfo.InvariantCulture, $"upload-{++_sessions}");
        _uploads[session] = new MemoryStream();
        return Session(repository, session, 202);
    }

    private FakeRegistryAnswer Continue(string repository, string session, FakeRegistryRequest request, byte[] body)
    {
        if (!_uploads.TryGetValue(session, out MemoryStream? upload))
        {
            return Error(404, "BLOB_UPLOAD_UNKNOWN");
        }

        switch (request.Method)
        {
            case "GET":
                return Session(repository, session, 204);
            case "DELETE":
                _uploads.Remove(session);
                return new FakeRegistryAnswer(204);
            case "PATCH":
                if (request.Headers.GetValueOrDefault("Content-Range") != $"{upload.Length}-{upload.Length + body.Length - 1}")
                {
                    return Error(416, "BLOB_UPLOAD_INVALID");
                }

                upload.Write(body);
                return Session(repository, session, 202);
            default:
                upload.Write(body);
                _uploads.Remove(session);
                return Complete(repository, request.Query("digest") ?? "", upload.ToArray());
        }
    }

    private FakeRegistryAnswer Complete(string repository, string digest, byte[] content)
    {
        if (digest != Digest.Of(content).ToString())
        {
            return Error(400, "DIGEST_INVALID");
        }

        _blobs[(repository, digest)] = content;
        return new FakeRegistryAnswer(201, DigestHeader(digest), ("Location", $"/v2/{repository}/blobs/{digest}"));
    }

    /// <summary>The state is part of the address, so that a client which makes its own fails.</summary>
    private FakeRegistryAnswer Session(string repository, string session, int status) => new(
        status,
        ("Location", $"{LocationRoot?.AbsoluteUri.TrimEnd('/')}/v2/{repository}/blobs/uploads/{session}?_state={_uploads[session].Length}"),
        ("Range", $"0-{Math.Max(0, _uploads[session].Length - 1)}"));
}
