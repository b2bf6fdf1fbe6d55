// SHA-1 is what the format has.
#pragma warning disable CA5350

using System.Security.Cryptography;
using RootfsImporter.Profiles;

namespace RootfsImporter.TestData;

/// <summary>A throwaway RSA key as abuild-keygen makes them. Disposing removes its file.</summary>
public sealed class ApkKey : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly RSA _rsa;

    /// <summary>Makes a key; its name is that of the file in /etc/apk/keys.</summary>
    public ApkKey(string name = "builder@example.org-1.rsa.pub", int bits = 2048)
    {
        Name = name;
        _rsa = RSA.Create(bits);
        PublicFile = _directory.Write(name, _rsa.ExportSubjectPublicKeyInfoPem() + "\n");
    }

    public string Name { get; }

    /// <summary>The public key, PEM.</summary>
    public string PublicFile { get; }

    /// <summary><c>SHA256:</c> and the hexadecimal SHA-256 of the public key as DER.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToHexStringLower(SHA256.HashData(_rsa.ExportSubjectPublicKeyInfo()));

    /// <summary>As a profile pins it.</summary>
    public PinnedKey Pin => new(Fingerprint, PublicFile);

    /// <summary>The gzip member that is put before what it signs; the kind is <c>RSA</c>, <c>RSA256</c> or <c>RSA512</c>.</summary>
    public byte[] SignatureMember(ReadOnlySpan<byte> content, string kind = "RSA") =>
        SignatureMember($".SIGN.{kind}.{Name}", Sign(content, kind));

    /// <summary>A signature member as it is told.</summary>
    public static byte[] SignatureMember(string name, byte[] signature)
    {
        TarBytes tar = new();
        tar.Add(new TarBytesEntry(name, '0') { Content = signature, UserName = "", GroupName = "" });
        return SystemCompressor.Compress(tar.ToArray(withEnd: false), ".gz");
    }

    public byte[] Sign(ReadOnlySpan<byte> content, string kind = "RSA") => _rsa.SignData(
        content,
        kind switch
        {
            "RSA256" => HashAlgorithmName.SHA256,
            "RSA512" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA1,
        },
        RSASignaturePadding.Pkcs1);

    public void Dispose()
    {
        _rsa.Dispose();
        _directory.Dispose();
    }
}
