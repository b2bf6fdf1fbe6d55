using System.Globalization;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>One request to a <see cref="FakeRegistry"/>, as it came.</summary>
public sealed record FakeRegistryRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The path without the query.</summary>
    public string Path => Target.Split('?')[0];

    public string? Authorization => Headers.GetValueOrDefault("Authorization");

    /// <summary>A parameter of the query, unescaped, or null; of one given several times all, parted by blanks.</summary>
    public string? Query(string name)
    {
        string[] values = [.. (Target.Split('?', 2) is [_, var query] ? query : "").Split('&')
            .Select(pair => pair.Split('=', 2)).Where(pair => pair[0] == name && pair.Length == 2)
            .Select(pair => Uri.UnescapeDataString(pair[1]))];
        return values.Length == 0 ? null : string.Join(' ', values);
    }

    public override string ToString() => $"{Method} {Target}";
}

/// <summary>An answer of a <see cref="FakeRegistry"/>.</summary>
internal sealed record FakeRegistryAnswer(int Status, params (string Name, string Value)[] Headers)
{
    public byte[] Body { get; init; } = [];

    /// <summary>Bytes of the body after which the connection is closed; null: all are sent.</summary>
    public int? CutAfter { get; init; }
}

/// <summary>HTTP/1.1 on one connection, request after request.</summary>
internal sealed class FakeRegistryConnection(Stream stream, CancellationToken stop) : IAsyncDisposable
{
    private readonly BufferedStream _input = new(stream, 64 * 1024);
    private long _left;

    public ValueTask DisposeAsync() => _input.DisposeAsync();

    /// <summary>The next request's head, or null when the client went away.</summary>
    public async Task<FakeRegistryRequest?> ReadAsync()
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!(head.Length > 3 && head[^1] == '\n' && head[^3] == '\n'))
        {
            if (await _input.ReadAsync(one, stop) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] words = lines[0].Split(' ');
        if (words.Length != 3)
        {
            return null;
        }

        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string[] pair in lines.Skip(1).Select(line => line.Split(": ", 2)))
        {
            headers[pair[0]] = headers.TryGetValue(pair[0], out string? before) ? $"{before}, {pair[1]}" : pair[1];
        }

        _left = long.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture);
        return new FakeRegistryRequest(words[0], words[1], headers);
    }

    /// <summary>The request's body, or as much of it as is wanted.</summary>
    public async Task<byte[]> ReadBodyAsync(long maxBytes = long.MaxValue)
    {
        byte[] body = new byte[Math.Min(_left, maxBytes)];
        await _input.ReadExactlyAsync(body, stop);
        _left -= body.Length;
        return body;
    }

    /// <summary>Answers; false when the connection is not to be used any more.</summary>
    public async Task<bool> AnswerAsync(FakeRegistryRequest request, FakeRegistryAnswer answer)
    {
        await ReadBodyAsync();
        string length = answer.Headers.Any(header => header.Name == "Content-Length") ? ""
            : $"Content-Length: {answer.Body.Length}\r\n";
        string head = $"HTTP/1.1 {answer.Status} {(System.Net.HttpStatusCode)answer.Status}\r\n"
            + string.Concat(answer.Headers.Select(header => $"{header.Name}: {header.Value}\r\n")) + length + "\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
        if (request.Method != "HEAD")
        {
            await stream.WriteAsync(answer.Body.AsMemory(0, answer.CutAfter ?? answer.Body.Length), stop);
        }

        await stream.FlushAsync(stop);
        return answer.CutAfter is null;
    }
}
