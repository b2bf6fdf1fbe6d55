namespace RootfsImporter.Registry;

/// <summary>A client of one registry (OCI distribution-spec 1.1). Thread safe; dispose it when all is done.</summary>
internal sealed class RegistryClient(string registry, RegistryOptions options) : IDisposable
{
    private readonly RegistryTransport _transport = new(new RegistryHost(registry), options);

    /// <summary>One repository of it.</summary>
    /// <param name="name">The repository's name: <c>library/ubuntu</c>.</param>
    /// <param name="mayPush">Whether it is going to be written to; decides what is asked for when authenticating.</param>
    public RegistryRepository Open(string name, bool mayPush) =>
        new(_transport, new RegistryScope(name, mayPush));

    public void Dispose() => _transport.Dispose();
}
