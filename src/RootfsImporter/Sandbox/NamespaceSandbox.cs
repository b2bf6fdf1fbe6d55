using RootfsImporter.Files;

namespace RootfsImporter.Sandbox;

/// <summary>
/// A sandbox of Linux namespaces, made by util-linux <c>unshare</c>: a .NET process has several threads, and so cannot
/// enter new user or process namespaces itself. Needs to be root, or root of a user namespace.
/// </summary>
internal sealed class NamespaceSandbox(Rootfs rootfs, RootLocation location, IProgress<BuildEvent> events) : ISandbox
{
    /// <inheritdoc/>
    public async Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
    {
        await using NamespaceSession session =
            await NamespaceSession.OpenAsync(rootfs, location, events, command.HasNetwork, cancellationToken);
        return await session.RunAsync(command, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ISandboxSession> OpenAsync(CancellationToken cancellationToken) =>
        await NamespaceSession.OpenAsync(rootfs, location, events, hasNetwork: false, cancellationToken);
}
