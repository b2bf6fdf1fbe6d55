using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using RootfsImporter.Linux;

namespace RootfsImporter.Registry;

/// <summary>
/// Asks a <c>docker-credential-NAME</c> program (docker/docker-credential-helpers): it is given the server on standard
/// input and prints JSON. Whatever it prints is a secret, also when it fails.
/// </summary>
internal static partial class CredentialHelper
{
    private const string NotFound = "credentials not found in native keychain";

    /// <summary>In place of a user's name: the secret is an identity token.</summary>
    private const string TokenUser = "<token>";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What the helper has for a server, or null. Why it could not be asked is added to <paramref name="notes"/>.
    /// </summary>
    public static async Task<Credential?> GetAsync(
        string name, string server, string file, RegistryOptions options, List<string> notes,
        CancellationToken cancellationToken)
    {
        string program = $"docker-credential-{name}";
        if (!Names().IsMatch(name) || ChildProcess.Find(program, options.SearchPath) is not { } path)
        {
            notes.Add($"{file} names the credential helper '{program}', which is not installed");
            return null;
        }

        ChildResult? result = await RunAsync(path, server, options, cancellationToken);
        if (result is { ExitCode: 0 } && ParseAnswer(result.Output) is { } answer)
        {
            string origin = $"{program}, which {file} names";
            return answer.Username == TokenUser
                ? new Credential.IdentityToken(answer.Secret!, origin)
                : new Credential.Password(answer.Username!, answer.Secret!, origin);
        }

        if (result is null || !result.Output.Contains(NotFound, StringComparison.OrdinalIgnoreCase))
        {
            notes.Add(result is null ? $"'{program} get' did not answer in {Patience.TotalSeconds} s"
                : result.ExitCode == 0 ? $"'{program} get' printed something that is no credential"
                : $"'{program} get' failed with exit code {result.ExitCode}");
        }

        return null;
    }

    private static async Task<ChildResult?> RunAsync(
        string path, string server, RegistryOptions options, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        ChildProcess program = new()
        {
            FileName = path,
            Arguments = ["get"],
            Environment = new Dictionary<string, string>(options.HelperEnvironment) { ["PATH"] = options.SearchPath },
            Input = Encoding.UTF8.GetBytes(server),
        };
        try
        {
            return await program.RunAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static HelperAnswer? ParseAnswer(string output)
    {
        try
        {
            return JsonSerializer.Deserialize(output, RegistryJsonContext.Default.HelperAnswer)
                is { Username.Length: > 0, Secret.Length: > 0 } answer ? answer : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex Names();
}
