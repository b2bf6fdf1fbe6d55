namespace RootfsImporter.Targets.Stores;

/// <summary>Where containerd listens.</summary>
internal static class ContainerdSocket
{
    /// <summary>Its own default.</summary>
    public const string Default = "/run/containerd/containerd.sock";

    private const string Scheme = "unix://";

    /// <summary>The socket's path in an environment; CONTAINERD_ADDRESS is a path, or <c>unix://</c> and one.</summary>
    public static string Of(IReadOnlyDictionary<string, string> environment)
    {
        string address = environment.GetValueOrDefault("CONTAINERD_ADDRESS", "");
        return address.StartsWith(Scheme, StringComparison.Ordinal) ? address[Scheme.Length..]
            : address.Length > 0 ? address
            : Default;
    }
}
