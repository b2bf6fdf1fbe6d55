using Mono.Unix.Native;

namespace RootfsImporter.Files;

/// <summary>Tells what a host lacks from what a package does wrong.</summary>
internal static class HostFault
{
    /// <summary>Whether a failed file call is the host's fault, whatever the package holds.</summary>
    public static bool Is(IOException exception) => (Errno)exception.HResult
        is Errno.EIO or Errno.ENOSPC or Errno.EDQUOT or Errno.EROFS or Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM
        or Errno.EACCES or Errno.ENOSYS or Errno.EINVAL;
}
