using RootfsImporter.Linux;
using RootfsImporter.Profiles;

namespace RootfsImporter.Signing;

/// <summary>
/// Verifies OpenPGP signatures with the host's <c>gpgv</c>, or <c>sqv</c> where there is no gpgv, against pinned key
/// files alone: the user's and the host's own keyrings are never looked at.
/// </summary>
/// <remarks>
/// gpgv comes first because sqv, by its default policy, refuses the archive key of 2012 that Ubuntu 16.04 and 18.04
/// are signed with (the key's own self-signature uses SHA-1). Both get a text and a detached signature: not every sqv
/// reads clear-signed documents, and so it is certain that what was verified is what is parsed.
/// </remarks>
/// <param name="searchPath">Where to look for the two programs, as a PATH value.</param>
internal sealed class OpenPgpVerifier(string searchPath = ChildProcess.SystemPath)
{
    /// <summary>
    /// Verifies a clear-signed document and returns the signed text. <paramref name="name"/> is what messages call it.
    /// Throws <see cref="VerificationException"/> unless one of the pinned keys signed it, and
    /// <see cref="HostException"/> when there is no program to verify it with.
    /// </summary>
    public async Task<byte[]> VerifyClearSignedAsync(
        byte[] document, string name, IReadOnlyList<PinnedKey> keys, CancellationToken cancellationToken)
    {
        ClearSignedMessage message;
        try
        {
            message = ClearSignedMessage.Parse(document);
        }
        catch (InvalidDataException e)
        {
            throw new VerificationException(
                $"{name} is not a clear-signed document: {e.Message}",
                "a proxy or a login page may have answered instead of the mirror; name another one with --mirror", e);
        }

        await VerifyDetachedAsync(message.Text, message.Signature, name, keys, cancellationToken);
        return message.Text;
    }

    /// <summary>Verifies a text with its detached signature; throws as <see cref="VerifyClearSignedAsync"/>.</summary>
    public async Task VerifyDetachedAsync(
        byte[] text, byte[] signature, string name, IReadOnlyList<PinnedKey> keys,
        CancellationToken cancellationToken)
    {
        string? gpgv = ChildProcess.Find("gpgv", searchPath);
        string program = gpgv ?? ChildProcess.Find("sqv", searchPath) ?? throw new HostException(
            $"cannot verify the signature of {name}: there is neither gpgv nor sqv on this host",
            "install the package gpgv");
        DirectoryInfo? directory = null;
        try
        {
            directory = Directory.CreateTempSubdirectory("rootfs-importer-keys-");
            string[] files = [.. new[] { "keyring.gpg", "signature", "text" }.Select(
                file => Path.Combine(directory.FullName, file))];
            await WriteKeyringAsync(files[0], keys, cancellationToken);
            await File.WriteAllBytesAsync(files[1], signature, cancellationToken);
            await File.WriteAllBytesAsync(files[2], text, cancellationToken);
            ChildProcess child = new()
            {
                FileName = program,
                Arguments = gpgv is null
                    ? ["--keyring", .. files]
                    : ["--homedir", directory.FullName, "--status-fd", "1", "--keyring", .. files],
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = searchPath,
                    ["HOME"] = directory.FullName,
                    ["LC_ALL"] = "C",
                },
            };
            ChildResult result = await child.RunAsync(cancellationToken);
            if (gpgv is null)
            {
                CheckSqv(result, name, keys);
            }
            else
            {
                SignatureCheck.Check(GpgvStatus.Parse(result.Output), result.ErrorOutput, name, keys);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostException(
                $"cannot verify the signature of {name} in {directory?.FullName ?? Path.GetTempPath()}: {e.Message}",
                "make it a directory that can be written to and has space, or let the environment variable TMPDIR "
                + "name another", e);
        }
        finally
        {
            directory?.Delete(recursive: true);
        }
    }

    private static async Task WriteKeyringAsync(
        string path, IReadOnlyList<PinnedKey> keys, CancellationToken cancellationToken)
    {
        await using FileStream keyring = File.Create(path);
        foreach (string file in keys.Select(key => key.Path).Distinct(StringComparer.Ordinal))
        {
            await keyring.WriteAsync(KeyFile.Read(file), cancellationToken);
        }
    }

    /// <summary>sqv prints the good signers' primary fingerprints, and says in prose why others fail.</summary>
    private static void CheckSqv(ChildResult result, string name, IReadOnlyList<PinnedKey> keys)
    {
        const StringSplitOptions Lines = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        string[] signers = result.Output.Split('\n', Lines);
        if (result.ExitCode == 0 && signers.Any(signer => SignatureCheck.IsPinned(signer, keys)))
        {
            return;
        }

        string[] reasons = result.ErrorOutput.Split('\n', Lines);
        throw new VerificationException(
            $"no pinned key's signature on {name} holds: {string.Join("; ", reasons.Concat(signers))}; "
            + SignatureCheck.DescribePins(keys),
            "old archive keys need gpgv: install the package gpgv and try again; "
            + "else check that the profile's 'keys:' are the archive's current ones");
    }
}
