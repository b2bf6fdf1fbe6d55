using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Signing;

/// <summary>RSA keys for a class of tests: making one takes long.</summary>
public sealed class RsaKeys : IDisposable
{
    public ApkKey Key { get; } = new("one.rsa.pub");

    public ApkKey Other { get; } = new("two.rsa.pub");

    public void Dispose()
    {
        Key.Dispose();
        Other.Dispose();
    }
}
