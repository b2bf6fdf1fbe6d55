namespace RootfsImporter.Codecs;

/// <summary>What the wrappers of system libraries share.</summary>
internal static class NativeCodec
{
    /// <summary>
    /// Runs the first call into a library; when that is missing or too old, throws a
    /// <see cref="HostException"/> that names the Debian package.
    /// </summary>
    public static T FirstCall<T>(string library, string package, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception)
            when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new HostException(
                exception is DllNotFoundException
                    ? $"the system library {library} is missing"
                    : $"the system library {library} cannot be used: {exception.Message}",
                $"install the package {package} of this host (Debian's and Ubuntu's name)",
                exception);
        }
    }
}
