using System.Globalization;
using RootfsImporter.Linux;
using RootfsImporter.Profiles;

namespace RootfsImporter.TestData;

/// <summary>
/// A throwaway OpenPGP key, made by the system's gpg in a home of its own. Disposing ends its agent and removes both.
/// </summary>
public sealed class OpenPgpKey : IAsyncDisposable
{
    private readonly TempDirectory _home;
    private readonly string[] _clock;

    private OpenPgpKey(TempDirectory home, string[] clock)
    {
        _home = home;
        _clock = clock;
    }

    /// <summary>40 upper-case hexadecimal digits.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>The public key, binary.</summary>
    public string PublicFile => _home["public.gpg"];

    /// <summary>The public key, ASCII-armoured.</summary>
    public string ArmoredFile => _home["public.asc"];

    /// <summary>As a profile pins it.</summary>
    public PinnedKey Pin => new(Fingerprint, ArmoredFile);

    /// <summary>A key that is good for ever.</summary>
    public static Task<OpenPgpKey> CreateAsync(CancellationToken cancellationToken) =>
        CreateAsync([], "never", cancellationToken);

    /// <summary>A key whose life, and in whose life all that it signs, was one day of the past.</summary>
    public static Task<OpenPgpKey> CreateExpiredAsync(DateOnly lastDay, CancellationToken cancellationToken) =>
        CreateAsync(
            ["--faked-system-time", lastDay.AddDays(-1).ToString("yyyyMMdd", CultureInfo.InvariantCulture) + "T120000!"],
            "1d", cancellationToken);

    public Task<byte[]> ClearSignAsync(string text, CancellationToken cancellationToken) =>
        SignAsync("--clear-sign", text, cancellationToken);

    public Task<byte[]> DetachSignAsync(string text, CancellationToken cancellationToken) =>
        SignAsync("--detach-sign", text, cancellationToken);

    /// <summary>Signs with a digest that nobody should believe any more.</summary>
    public Task<byte[]> ClearSignWithSha1Async(string text, CancellationToken cancellationToken) =>
        SignAsync("--clear-sign", text, cancellationToken, "--digest-algo", "SHA1");

    /// <summary>Revokes the key and writes its files anew.</summary>
    public async Task RevokeAsync(CancellationToken cancellationToken)
    {
        // gpg prepares the revocation with the key, and guards it by a colon against use by accident.
        string certificate = await File.ReadAllTextAsync(
            _home[$"openpgp-revocs.d/{Fingerprint}.rev"], cancellationToken);
        string file = _home.Write("revocation", certificate.Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal));
        await GpgAsync(null, cancellationToken, "--import", file);
        await ExportAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("gpgconf", null, ["--homedir", _home.FullPath, "--kill", "all"], CancellationToken.None);
        _home.Dispose();
    }

    private static async Task<OpenPgpKey> CreateAsync(
        string[] clock, string expiry, CancellationToken cancellationToken)
    {
        OpenPgpKey key = new(new TempDirectory(), clock);
        await key.GpgAsync(
            null, cancellationToken, "--quick-generate-key", "Test <test@example.com>", "rsa2048", "sign", expiry);
        string list = await key.GpgAsync(null, cancellationToken, "--with-colons", "--list-keys");
        key.Fingerprint = list.Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
        await key.ExportAsync(cancellationToken);
        return key;
    }

    private async Task ExportAsync(CancellationToken cancellationToken)
    {
        await GpgAsync(null, cancellationToken, "--output", PublicFile, "--export");
        await GpgAsync(null, cancellationToken, "--output", ArmoredFile, "--armor", "--export");
    }

    private async Task<byte[]> SignAsync(
        string mode, string text, CancellationToken cancellationToken, params string[] options)
    {
        string file = _home["signed"];
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        await GpgAsync(bytes, cancellationToken, [.. options, "--armor", "--output", file, mode]);
        return await File.ReadAllBytesAsync(file, cancellationToken);
    }

    private Task<string> GpgAsync(byte[]? input, CancellationToken cancellationToken, params string[] arguments) =>
        RunAsync(
            "gpg", input,
            [
                "--homedir", _home.FullPath, "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback",
                "--passphrase", "", .. _clock, .. arguments,
            ],
            cancellationToken);

    private static async Task<string> RunAsync(
        string program, byte[]? input, string[] arguments, CancellationToken cancellationToken)
    {
        ChildProcess child = new()
        {
            FileName = program,
            Arguments = arguments,
            Input = input,
            Environment = new Dictionary<string, string>
            {
                ["PATH"] = ChildProcess.SystemPath,
                ["LC_ALL"] = "C",
            },
        };
        ChildResult result = await child.RunAsync(cancellationToken);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: {result.ExitCode}\n{result.ErrorOutput}");
    }
}
