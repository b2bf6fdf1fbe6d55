using System.Text;
using System.Text.Json;

namespace RootfsImporter.Registry;

/// <summary>
/// Finds the credential for a repository in files like Docker's config.json and containers-auth.json(5). In each file
/// a helper for this registry comes first, then the most specific of the stored entries (<c>HOST/TEAM/IMAGE</c> before
/// <c>HOST/TEAM</c> before <c>HOST</c>), then the helper for all registries.
/// </summary>
internal sealed class CredentialFiles(RegistryOptions options)
{
    private const int MaxFileBytes = 1024 * 1024;

    /// <summary>
    /// Searches all files in turn. Throws <see cref="RegistryException"/> for a file that is there but is not such a file.
    /// </summary>
    public async Task<CredentialSearch> FindAsync(
        RegistryHost host, string repository, CancellationToken cancellationToken)
    {
        List<string> notes = [];
        foreach (string path in options.AuthFiles)
        {
            if (await ReadAsync(path, notes, cancellationToken) is { } file
                && await FindInAsync(path, file, host, repository, notes, cancellationToken) is { } credential)
            {
                return new CredentialSearch(credential, notes);
            }
        }

        return new CredentialSearch(null, notes);
    }

    private async Task<Credential?> FindInAsync(
        string path, AuthFile file, RegistryHost host, string repository, List<string> notes,
        CancellationToken cancellationToken)
    {
        string[] keys = [.. Keys(host, repository)];
        Dictionary<string, (string Key, string Helper)> helpers = ByPlainKey(file.CredentialHelpers);
        foreach (string key in keys.Where(helpers.ContainsKey))
        {
            (string server, string helper) = helpers[key];
            if (await CredentialHelper.GetAsync(helper, server, path, options, notes, cancellationToken) is { } found)
            {
                return found;
            }
        }

        Dictionary<string, (string Key, AuthEntry Entry)> entries = ByPlainKey(file.Auths);
        return keys.Where(entries.ContainsKey).Select(key => ToCredential(entries[key].Entry, path, notes))
                .FirstOrDefault(credential => credential is not null)
            ?? (file.CredentialStore is { Length: > 0 } store
                ? await CredentialHelper.GetAsync(store, host.HelperKey, path, options, notes, cancellationToken)
                : null);
    }

    /// <summary>The keys to look for, most specific first.</summary>
    private static IEnumerable<string> Keys(RegistryHost host, string repository)
    {
        for (string path = repository; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
        {
            yield return $"{host.Name}/{path}";
        }

        foreach (string alias in host.Aliases)
        {
            yield return alias;
        }
    }

    /// <summary>
    /// Keys that are addresses (<c>https://index.docker.io/v1/</c>) stand for their host alone, as Docker has it.
    /// </summary>
    private static Dictionary<string, (string Key, T Value)> ByPlainKey<T>(IReadOnlyDictionary<string, T?>? map)
        where T : class
    {
        Dictionary<string, (string, T)> plain = new(StringComparer.Ordinal);
        foreach ((string key, T? value) in map ?? new Dictionary<string, T?>())
        {
            int scheme = key.IndexOf("://", StringComparison.Ordinal);
            string name = scheme < 0 ? key.TrimEnd('/') : key[(scheme + 3)..].Split('/')[0];
            if (value is not null && (scheme < 0 || !plain.ContainsKey(name)))
            {
                plain[name] = (key, value);
            }
        }

        return plain;
    }

    private static Credential? ToCredential(AuthEntry entry, string path, List<string> notes)
    {
        if (entry.IdentityToken is { Length: > 0 } identity)
        {
            return new Credential.IdentityToken(identity, path);
        }

        if (entry.RegistryToken is { Length: > 0 } token)
        {
            return new Credential.RegistryToken(token, path);
        }

        if (entry is { Username.Length: > 0, Password: not null })
        {
            return new Credential.Password(entry.Username, entry.Password, path);
        }

        if (entry.Auth is not { Length: > 0 } auth)
        {
            // An empty entry marks that a helper holds the credential.
            return null;
        }

        if (Decode(auth) is [var user, var password])
        {
            return new Credential.Password(user, password, path);
        }

        notes.Add($"{path} has an entry for it whose 'auth' is not the base64 of USER:PASSWORD");
        return null;
    }

    private static string[]? Decode(string auth)
    {
        byte[] bytes = new byte[auth.Length];
        string padded = auth.PadRight((auth.Length + 3) / 4 * 4, '=');
        if (!Convert.TryFromBase64String(padded, bytes, out int length))
        {
            return null;
        }

        // Some versions of Docker padded the password with NUL.
        string[] parts = Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0').Split(':', 2);
        return parts is [{ Length: > 0 }, _] ? parts : null;
    }

    private static async Task<AuthFile?> ReadAsync(string path, List<string> notes, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream stream = File.OpenRead(path);
            byte[] json = new byte[Math.Min(stream.Length, MaxFileBytes + 1)];
            await stream.ReadExactlyAsync(json, cancellationToken);
            return json.Length <= MaxFileBytes
                ? JsonSerializer.Deserialize(json, RegistryJsonContext.Default.AuthFile)
                : throw Malformed(path, $"it is larger than {MaxFileBytes} bytes");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notes.Add($"{path} cannot be read");
            return null;
        }
        catch (JsonException e)
        {
            // Where, but not what: the parser's own words might quote a secret.
            throw Malformed(path, $"no valid JSON at line {e.LineNumber + 1}");
        }
    }

    private static RegistryException Malformed(string path, string reason) => new(
        RegistryFault.Refused,
        $"the credential file {path} is not one: {reason}",
        "mend it, or move it away and log in anew");
}
