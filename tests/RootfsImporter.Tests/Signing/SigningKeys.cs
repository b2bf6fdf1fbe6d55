using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Signing;

/// <summary>Keys that several test classes sign with; made once, since that takes a moment.</summary>
public sealed class SigningKeys : IAsyncLifetime
{
    public OpenPgpKey Key { get; private set; } = null!;

    public OpenPgpKey Other { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Key = await OpenPgpKey.CreateAsync(TestContext.Current.CancellationToken);
        Other = await OpenPgpKey.CreateAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Key.DisposeAsync();
        await Other.DisposeAsync();
    }
}
