namespace RootfsImporter.Net;

/// <summary>Addresses below a mirror's root.</summary>
internal static class MirrorAddress
{
    /// <summary>
    /// The address of a path below a mirror. Each segment is escaped, as apt does (a <c>+</c> in a file's name becomes
    /// <c>%2B</c>, which object stores insist on). A path that would leave the mirror throws
    /// <see cref="VerificationException"/>.
    /// </summary>
    public static Uri Combine(Uri mirror, string path)
    {
        string[] segments = path.Split('/');
        if (segments.Any(segment => segment is "" or "." or ".."))
        {
            throw new VerificationException(
                $"'{path}' is not a path below an archive's root", "the archive's index is broken; tell its operators");
        }

        return new Uri(WithSlash(mirror).AbsoluteUri + string.Join('/', segments.Select(Uri.EscapeDataString)));
    }

    /// <summary>The same address, ending with a slash.</summary>
    public static Uri WithSlash(Uri mirror) => mirror.AbsoluteUri.EndsWith('/')
        ? mirror
        : new Uri(mirror.AbsoluteUri + "/");

    /// <summary>Another archive on the same host: the last path segment, if there is one, replaced.</summary>
    public static Uri WithLastSegment(Uri mirror, string segment)
    {
        if (mirror.AbsolutePath == "/")
        {
            return new Uri(mirror.AbsoluteUri + segment + "/");
        }

        string address = WithSlash(mirror).AbsoluteUri[..^1];
        return new Uri(address[..(address.LastIndexOf('/') + 1)] + segment + "/");
    }

    /// <summary>The last path segment: <c>debian-security</c>.</summary>
    public static string LastSegment(Uri mirror)
    {
        string address = WithSlash(mirror).AbsolutePath[..^1];
        return address[(address.LastIndexOf('/') + 1)..];
    }

    /// <summary>The address as it may be shown: without user and password.</summary>
    public static string Display(Uri address) => address.UserInfo.Length == 0
        ? address.AbsoluteUri
        : new UriBuilder(address) { UserName = "", Password = "" }.Uri.AbsoluteUri;
}
