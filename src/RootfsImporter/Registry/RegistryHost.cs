using System.Net;

namespace RootfsImporter.Registry;

/// <summary>A registry as references name it, and where its API is.</summary>
/// <param name="Name">The name in a reference: <c>docker.io</c>, <c>127.0.0.1:5000</c>.</param>
internal sealed record RegistryHost(string Name)
{
    /// <summary>The name of Docker Hub in references.</summary>
    public const string DockerHub = "docker.io";

    /// <summary>Host and port of the API. Docker Hub's is not where its name says.</summary>
    public string Authority => Name == DockerHub ? "registry-1.docker.io" : Name;

    /// <summary>Whether nobody outside this host can listen in.</summary>
    public bool IsLoopback => IsLoopbackAddress(Address(Uri.UriSchemeHttp));

    /// <summary>
    /// What credential files may call it, best first. <c>docker login</c> files Docker Hub under the address of an API
    /// that is long gone.
    /// </summary>
    public IReadOnlyList<string> Aliases =>
        Name == DockerHub ? [DockerHub, "index.docker.io", "registry-1.docker.io"] : [Name];

    /// <summary>What credential helpers are asked for.</summary>
    public string HelperKey => Name == DockerHub ? "https://index.docker.io/v1/" : Name;

    /// <summary>The root of its API.</summary>
    public Uri Address(string scheme) => new($"{scheme}://{Authority}/");

    /// <summary>Whether an address is 127.0.0.0/8, ::1 or localhost.</summary>
    public static bool IsLoopbackAddress(Uri address) =>
        address.IdnHost == "localhost" || (IPAddress.TryParse(address.IdnHost, out IPAddress? ip) && IPAddress.IsLoopback(ip));
}
