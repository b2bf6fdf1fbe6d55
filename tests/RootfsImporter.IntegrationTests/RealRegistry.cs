using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests;

/// <summary>Debian's docker-registry on a port of its own, over a directory that survives its being killed.</summary>
internal sealed class RealRegistry : IAsyncDisposable
{
    public const string User = "somebody";
    public const string Password = "S3cret-Pa55word";

    /// <summary>bcrypt of the password, as htpasswd(1) would print it.</summary>
    private const string HashedPassword = "$2b$04$qv/rRFwP0Qu3KAx1JKDXZe0fOMnWUbpVBO./bnwJ8rrVrEog8SA7i";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TempDirectory _temp = new();
    private readonly string _config;
    private Process? _process;

    private RealRegistry(TestCertificate? authority, int daysLeft, bool isReadOnly)
    {
        int port = FreePort();
        Name = $"127.0.0.1:{port}";
        string security = "";
        if (authority is not null)
        {
            using X509Certificate2 certificate = authority.Issue("127.0.0.1", daysLeft);
            using ECDsa key = certificate.GetECDsaPrivateKey()!;
            _temp.Write("htpasswd", $"{User}:{HashedPassword}\n");
            security =
                $$"""
                  tls:
                    certificate: {{_temp.Write("server.pem", certificate.ExportCertificatePem())}}
                    key: {{_temp.Write("server.key", key.ExportPkcs8PrivateKeyPem())}}
                auth:
                  htpasswd:
                    realm: test
                    path: {{_temp["htpasswd"]}}
                """;
        }

        // Without a secret of its own it would not know its sessions again after a restart.
        _config = _temp.Write(
            "config.yml",
            $$"""
            version: 0.1
            log:
              level: error
            storage:
              filesystem:
                rootdirectory: {{_temp["data"]}}
              maintenance:
                readonly:
                  enabled: {{(isReadOnly ? "true" : "false")}}
            http:
              addr: {{Name}}
              secret: test
            {{security}}
            """);
    }

    /// <summary>Host and port.</summary>
    public string Name { get; }

    /// <summary>Where it keeps what was pushed; absent before the first push.</summary>
    public string Data => _temp["data"];

    /// <summary>Starts one over plain HTTP, or with an authority over TLS and with a password.</summary>
    /// <param name="authority">Who issues its certificate, or null for plain HTTP.</param>
    /// <param name="daysLeft">How long that is valid; below 0 it expired so many days ago.</param>
    /// <param name="isReadOnly">Whether it refuses what changes anything, as during its garbage collection.</param>
    public static async Task<RealRegistry> StartAsync(
        TestCertificate? authority = null, int daysLeft = 30, bool isReadOnly = false)
    {
        RealRegistry registry = new(authority, daysLeft, isReadOnly);
        try
        {
            await registry.StartAgainAsync();
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the program, and waits until it listens.</summary>
    public async Task StartAgainAsync()
    {
        ProcessStartInfo start = new(Host.Find("docker-registry")!, ["serve", _config])
        {
            WorkingDirectory = _temp.FullPath,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using CancellationTokenSource patience = new(Patience);
        while (!await ListensAsync(patience.Token))
        {
            Assert.False(_process.HasExited, "docker-registry ended at once");
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>
    /// The files of all blobs and manifests that it has, and of links to them, sorted. Of an upload that was given up it
    /// keeps a file of its own.
    /// </summary>
    public string[] Files() =>
    [
        .. Directory.EnumerateFiles(_temp["data"], "*", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/_uploads/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _temp.Dispose();
    }

    private async Task<bool> ListensAsync(CancellationToken cancellationToken)
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPEndPoint.Parse(Name), cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
