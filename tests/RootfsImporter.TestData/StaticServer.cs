using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>One request that a <see cref="StaticServer"/> received.</summary>
/// <param name="Path">The path as it was sent, without the leading slash.</param>
/// <param name="RangeStart">The first byte asked for, or null.</param>
public sealed record ServerRequest(string Path, long? RangeStart);

/// <summary>
/// An HTTP server on the loopback for files in memory, with Range and with faults to order. Speaks over raw sockets,
/// so that it can break off wherever a test wants it to.
/// </summary>
public sealed class StaticServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<ServerFault>> _faults = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<ServerRequest> _requests = [];
    private bool _isDisposed;

    public StaticServer()
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _ = AcceptAsync();
    }

    public Uri Address { get; }

    /// <summary>The requests so far, in order of arrival.</summary>
    public IReadOnlyList<ServerRequest> Requests => [.. _requests];

    /// <summary>Serves a file from now on, at a path without a leading slash.</summary>
    public StaticServer Add(string path, ReadOnlySpan<byte> content)
    {
        _files[path] = content.ToArray();
        return this;
    }

    public StaticServer Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    public void Remove(string path) => _files.TryRemove(path, out _);

    /// <summary>Does these things wrong on the next requests for a path, one each, in order.</summary>
    public StaticServer Fail(string path, params ServerFault[] faults)
    {
        ConcurrentQueue<ServerFault> queue = _faults.GetOrAdd(path, _ => []);
        foreach (ServerFault fault in faults)
        {
            queue.Enqueue(fault);
        }

        return this;
    }

    /// <summary>Stops; from then on connections are refused. May be called again.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        CancellationToken stop = _stop.Token;
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(stop);
                _ = ServeAsync(socket, stop);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        try
        {
            await using NetworkStream stream = new(socket, ownsSocket: true);
            if (await ReadHeadAsync(stream, stop) is not ServerRequest request)
            {
                return;
            }

            _requests.Enqueue(request);
            await AnswerAsync(stream, request, stop);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client went away, or the test is over.
        }
    }

    private static async Task<ServerRequest?> ReadHeadAsync(NetworkStream stream, CancellationToken stop)
    {
        StringBuilder head = new();
        byte[] buffer = new byte[4096];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer, stop);
            if (count == 0)
            {
                return null;
            }

            head.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        string[] lines = head.ToString().Split("\r\n");
        string? range = lines.FirstOrDefault(l => l.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase));
        return new ServerRequest(
            lines[0].Split(' ')[1][1..],
            range is null ? null : long.Parse(range["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture));
    }

    private async Task AnswerAsync(NetworkStream stream, ServerRequest request, CancellationToken stop)
    {
        ServerFault? fault = null;
        _faults.GetValueOrDefault(request.Path)?.TryDequeue(out fault);
        switch (fault)
        {
            case ServerFault.Hangup:
                return;
            case ServerFault.Status status:
                await WriteHeadAsync(stream, status.Code, ["Content-Length: 0", .. status.Headers], stop);
                return;
            case ServerFault.Instead instead:
                await WriteHeadAsync(stream, 200, [], stop);
                await stream.WriteAsync(instead.Content, stop);
                return;
        }

        if (!_files.TryGetValue(request.Path, out byte[]? file))
        {
            await WriteHeadAsync(stream, 404, ["Content-Length: 0"], stop);
            return;
        }

        int start = fault is ServerFault.NoRange ? 0 : (int)(request.RangeStart ?? 0);
        await WriteBodyAsync(stream, file, start, fault, stop);
    }

    private static async Task WriteBodyAsync(
        NetworkStream stream, byte[] file, int start, ServerFault? fault, CancellationToken stop)
    {
        if (start > 0 && start >= file.Length)
        {
            await WriteHeadAsync(stream, 416, ["Content-Length: 0"], stop);
            return;
        }

        string length = $"Content-Length: {file.Length - start}";
        string range = $"Content-Range: bytes {start}-{file.Length - 1}/{file.Length}";
        await WriteHeadAsync(stream, start > 0 ? 206 : 200, start > 0 ? [length, range] : [length], stop);
        int end = fault switch
        {
            ServerFault.CutAfter cut => start + cut.Bytes,
            ServerFault.StallAfter stall => start + stall.Bytes,
            _ => file.Length,
        };
        await stream.WriteAsync(file.AsMemory(start..end), stop);
        if (fault is ServerFault.StallAfter)
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
    }

    private static async Task WriteHeadAsync(
        NetworkStream stream, int status, IEnumerable<string> headers, CancellationToken stop)
    {
        string head = $"HTTP/1.1 {status} {(HttpStatusCode)status}\r\nConnection: close\r\n"
            + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
    }
}
