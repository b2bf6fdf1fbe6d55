using System.Net.Sockets;
using System.Security.Authentication;

namespace RootfsImporter.Registry;

/// <summary>Turns what the HTTP client throws into what people can act on.</summary>
internal static class ConnectionErrors
{
    /// <param name="address">Where the request went.</param>
    /// <param name="e">What came of it.</param>
    /// <param name="wasReached">Whether the registry has answered before: then it is being restarted, and may come back.</param>
    public static RegistryException Explain(Uri address, HttpRequestException e, bool wasReached)
    {
        string server = address.Authority;
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case RegistryException known:
                    return known;
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }:
                    return Unreachable($"there is no host '{address.IdnHost}'", "check the registry's name", e);
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused } when !wasReached:
                    return Unreachable($"nothing listens at {server}", "start the registry, or check its port", e);
                case SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable }:
                    return Unreachable($"{server} cannot be reached: {cause.Message}", "check the network", e);
                case AuthenticationException:
                    return Unreachable(
                        $"{server} does not complete a TLS handshake: {cause.Message}",
                        "if it speaks plain HTTP only, and you trust all that lies between, allow that with --plain-http",
                        e);
            }
        }

        return new RegistryException(
            RegistryFault.Temporary,
            $"the connection to {server} failed: {(e.InnerException ?? e).Message}",
            "check the network, and try again",
            e);
    }

    private static RegistryException Unreachable(string message, string hint, Exception inner) =>
        new(RegistryFault.Unreachable, message, hint, inner);
}
