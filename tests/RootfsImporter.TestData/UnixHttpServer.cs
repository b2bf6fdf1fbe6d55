using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>One request: its body is read from the connection, and no further than its Content-Length.</summary>
public sealed record UnixHttpRequest(string Method, string Target, Stream Body);

/// <summary>One answer.</summary>
public sealed record UnixHttpResponse(int Status, string ContentType, string Body)
{
    /// <summary>A body that is no text, in place of the other.</summary>
    public byte[]? Bytes { get; init; }
}

/// <summary>An HTTP/1.1 server on a Unix socket, one request a connection. A null answer hangs up.</summary>
public sealed class UnixHttpServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<UnixHttpRequest, Task<UnixHttpResponse?>> _answer;
    private readonly Task _loop;

    public UnixHttpServer(string socket, Func<UnixHttpRequest, Task<UnixHttpResponse?>> answer)
    {
        _answer = answer;
        _listener.Bind(new UnixDomainSocketEndPoint(socket));
        _listener.Listen();
        _loop = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using Socket socket = await _listener.AcceptAsync(_stop.Token);
                await using NetworkStream connection = new(socket);
                try
                {
                    await ServeAsync(connection);
                }
                catch (IOException)
                {
                    // The client hung up; the next one is welcome.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ServeAsync(NetworkStream connection)
    {
        if (await ReadHeadAsync(connection) is not [string requestLine, .. string[] headers])
        {
            return;
        }

        string[] words = requestLine.Split(' ');
        string? length = headers.Select(header => header.Split(": ", 2))
            .FirstOrDefault(pair => pair[0].Equals("Content-Length", StringComparison.OrdinalIgnoreCase))?[1];
        await using Stream body = new BodyStream(
            connection, long.Parse(length ?? "0", CultureInfo.InvariantCulture));
        if (await _answer(new UnixHttpRequest(words[0], words[1], body)) is not { } response)
        {
            return;
        }

        byte[] content = response.Bytes ?? Encoding.UTF8.GetBytes(response.Body);
        string head = $"HTTP/1.1 {response.Status} Status\r\nContent-Type: {response.ContentType}\r\n"
            + $"Content-Length: {content.Length}\r\nConnection: close\r\n\r\n";
        await connection.WriteAsync(Encoding.ASCII.GetBytes(head), _stop.Token);
        await connection.WriteAsync(content, _stop.Token);
        connection.Socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>The request line and the headers; empty when the connection ends before.</summary>
    private async Task<string[]> ReadHeadAsync(NetworkStream connection)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (await connection.ReadAsync(one, _stop.Token) == 1)
        {
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.ToString() is { } text && text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                return text.TrimEnd().Split("\r\n");
            }
        }

        return [];
    }

    /// <summary>The next bytes of a connection, so many and no more.</summary>
    private sealed class BodyStream(Stream connection, long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            // Asked for no bytes, a socket waits for the next ones nevertheless.
            if (_left == 0 || count == 0)
            {
                return 0;
            }

            int read = connection.Read(buffer, offset, (int)Math.Min(count, _left));
            if (read == 0)
            {
                throw new EndOfStreamException("the client hung up");
            }

            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
