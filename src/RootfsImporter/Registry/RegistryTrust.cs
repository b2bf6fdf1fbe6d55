using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RootfsImporter.Registry;

/// <summary>
/// Whom to believe that they are a registry: the system's authorities, and those of a file. Why a certificate does not
/// hold is a <see cref="RegistryException"/>, which the handshake passes on.
/// </summary>
internal sealed class RegistryTrust(string? caFile)
{
    private const int MaxFileBytes = 1024 * 1024;

    private readonly Lazy<X509Certificate2Collection?> _own = new(() => caFile is null ? null : Load(caFile));

    /// <summary>Reads the file, if there is one. Throws <see cref="RegistryException"/>.</summary>
    public void CheckFile() => _ = _own.Value;

    /// <summary>For a handshake: true, or an exception that says what is wrong.</summary>
    public bool Validate(string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (certificate is not X509Certificate2 leaf || chain is null)
        {
            throw new RegistryException(RegistryFault.Unreachable, $"{host} shows no certificate");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new RegistryException(
                RegistryFault.Unreachable,
                $"the certificate of {host} is for another name, {leaf.GetNameInfo(X509NameType.DnsName, false)}",
                "use the name that its certificate has, or have it issued for this one too");
        }

        X509ChainStatusFlags status = Status(chain);
        if (_own.Value is { } own)
        {
            using X509Chain ownChain = new();
            ownChain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            ownChain.ChainPolicy.CustomTrustStore.AddRange(own);
            ownChain.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            ownChain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            ownChain.ChainPolicy.DisableCertificateDownloads = true;
            if (ownChain.Build(leaf))
            {
                return true;
            }

            status = Status(ownChain);
        }

        throw Untrusted(host, chain, status);
    }

    private RegistryException Untrusted(string host, X509Chain chain, X509ChainStatusFlags status)
    {
        DateTime now = chain.ChainPolicy.VerificationTime;
        X509Certificate2? stale = chain.ChainElements.Select(element => element.Certificate)
            .FirstOrDefault(certificate => now > certificate.NotAfter || now < certificate.NotBefore);
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid) && stale is not null)
        {
            bool isExpired = now > stale.NotAfter;
            DateTime limit = (isExpired ? stale.NotAfter : stale.NotBefore).ToUniversalTime();
            return new RegistryException(
                RegistryFault.Unreachable,
                $"the certificate of {host} {(isExpired ? "expired on" : "is not valid before")} {limit:yyyy-MM-dd}",
                "have it renewed, and check this host's clock");
        }

        return new RegistryException(
            RegistryFault.Unreachable,
            caFile is null
                ? $"the certificate of {host} is from an authority that this host does not know ({status})"
                : $"the certificate of {host} is neither from an authority of this host nor from one of {caFile} ({status})",
            "name the file of its authority's certificate with --ca-file");
    }

    private static X509ChainStatusFlags Status(X509Chain chain) =>
        chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);

    private static X509Certificate2Collection Load(string path)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            if (new FileInfo(path).Length <= MaxFileBytes)
            {
                certificates.ImportFromPem(File.ReadAllText(path));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new RegistryException(
                RegistryFault.Unreachable, $"the certificates of {path} cannot be read: {e.Message}", inner: e);
        }

        return certificates.Count > 0 ? certificates : throw new RegistryException(
            RegistryFault.Unreachable,
            $"{path} has no certificate",
            "it has to be a PEM file, with lines like -----BEGIN CERTIFICATE-----");
    }
}
