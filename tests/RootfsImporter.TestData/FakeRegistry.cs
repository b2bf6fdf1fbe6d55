using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace RootfsImporter.TestData;

/// <summary>How a <see cref="FakeRegistry"/> wants to be asked.</summary>
public enum FakeRegistryAuth
{
    None,
    Basic,

    /// <summary>Tokens of its own token service, at <c>/token</c>.</summary>
    Bearer,
}

/// <summary>
/// A registry on the loopback, in memory, that obeys the distribution-spec and takes nothing that is wrong. Defects are
/// ordered one by one. Over TLS when it is given a certificate.
/// </summary>
public sealed class FakeRegistry : IDisposable
{
    public const string User = "somebody";
    public const string Password = "S3cret-Pa55word";
    public const string IdentityToken = "Ident1ty-T0ken";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<FakeRegistryRequest> _requests = [];
    private readonly List<(string Method, string Part, FakeRegistryDefect Defect)> _defects = [];

    public FakeRegistry(FakeRegistryAuth auth = FakeRegistryAuth.None, X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        Name = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        Store = new FakeRegistryStore();
        Gate = new FakeRegistryGate(auth, Root);
        _ = AcceptAsync();
    }

    /// <summary>Host and port, as a reference has them.</summary>
    public string Name { get; }

    public Uri Root => new($"{(_certificate is null ? "http" : "https")}://{Name}/");

    public FakeRegistryStore Store { get; }

    public FakeRegistryGate Gate { get; }

    /// <summary>The requests so far, in order of arrival.</summary>
    public IReadOnlyList<FakeRegistryRequest> Requests => [.. _requests];

    /// <summary>How many connections were made.</summary>
    public int Connections { get; private set; }

    /// <summary>Does this wrong on the next requests of a method whose target has a part.</summary>
    public FakeRegistry Break(string method, string part, FakeRegistryDefect defect, int times = 1)
    {
        lock (_defects)
        {
            _defects.AddRange(Enumerable.Repeat((method, part, defect), times));
        }

        return this;
    }

    /// <summary>Forgets the requests so far.</summary>
    public void ClearRequests() => _requests.Clear();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _certificate?.Dispose();
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
                Connections++;
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
            await using NetworkStream network = new(socket, ownsSocket: true);
            await using Stream stream = await SecureAsync(network, stop);
            await using FakeRegistryConnection connection = new(stream, stop);
            while (await connection.ReadAsync() is { } request)
            {
                _requests.Enqueue(request);
                if (!await AnswerAsync(connection, request, stop))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException
            or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // The client went away, does not speak TLS, or the test is over.
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream network, CancellationToken stop)
    {
        if (_certificate is null)
        {
            return network;
        }

        SslStream secure = new(network);
        SslServerAuthenticationOptions options = new() { ServerCertificate = _certificate };
        await secure.AuthenticateAsServerAsync(options, stop);
        return secure;
    }

    private async Task<bool> AnswerAsync(
        FakeRegistryConnection connection, FakeRegistryRequest request, CancellationToken stop)
    {
        FakeRegistryDefect? defect = TakeDefect(request);
        switch (defect)
        {
            case FakeRegistryDefect.Status status:
                return await connection.AnswerAsync(request, new FakeRegistryAnswer(status.Code, status.Headers)
                {
                    Body = System.Text.Encoding.UTF8.GetBytes(status.Body),
                });
            case FakeRegistryDefect.Redirect redirect:
                return await connection.AnswerAsync(
                    request, new FakeRegistryAnswer(307, ("Location", redirect.To.AbsoluteUri)));
            case FakeRegistryDefect.Slow slow:
                await Task.Delay(slow.Delay, stop);
                break;
            case FakeRegistryDefect.CutRequest cut:
                Store.Append(request, await connection.ReadBodyAsync(cut.Bytes));
                return false;
            case FakeRegistryDefect.LoseSession:
                Store.ForgetUploads();
                break;
        }

        byte[] body = await connection.ReadBodyAsync();
        FakeRegistryAnswer answer = Gate.Refuse(request, body) ?? Store.Answer(request, body);
        return defect is not FakeRegistryDefect.SwallowAnswer
            && await connection.AnswerAsync(request, Spoil(answer, defect, request));
    }

    private FakeRegistryAnswer Spoil(
        FakeRegistryAnswer answer, FakeRegistryDefect? defect, FakeRegistryRequest request) => defect switch
        {
            FakeRegistryDefect.CutAnswer cut => answer with { CutAfter = cut.Bytes },
            FakeRegistryDefect.WrongBody => answer with { Body = [.. answer.Body.Select(b => (byte)(b ^ 1))] },
            FakeRegistryDefect.NoRange => Store.Answer(
                request with { Headers = new Dictionary<string, string>(request.Headers.Where(pair => pair.Key != "Range")) }, []),
            FakeRegistryDefect.LieAboutDigest => answer with
            {
                Headers =
                [
                    .. answer.Headers.Where(header => header.Name != "Docker-Content-Digest"),
                    ("Docker-Content-Digest", Digest.Of("a lie"u8).ToString()),
                ],
            },
            _ => answer,
        };

    private FakeRegistryDefect? TakeDefect(FakeRegistryRequest request)
    {
        lock (_defects)
        {
            int index = _defects.FindIndex(defect => defect.Method == request.Method
                && request.Target.Contains(defect.Part, StringComparison.Ordinal));
            if (index < 0)
            {
                return null;
            }

            FakeRegistryDefect found = _defects[index].Defect;
            _defects.RemoveAt(index);
            return found;
        }
    }
}
