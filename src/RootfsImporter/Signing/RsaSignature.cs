using System.Security.Cryptography;

namespace RootfsImporter.Signing;

/// <summary>An RSA signature (PKCS #1 v1.5) that says by which key it is, but not what it is worth.</summary>
/// <param name="KeyName">The file name of the public key.</param>
/// <param name="Algorithm">What the signed bytes are hashed with.</param>
/// <param name="Value">The signature's bytes.</param>
internal sealed record RsaSignature(string KeyName, HashAlgorithmName Algorithm, ReadOnlyMemory<byte> Value);
