using System.Runtime.InteropServices;

namespace RootfsImporter.Linux;

/// <summary>System calls that Mono.Posix does not have. One method a call; errors are thrown by <see cref="Posix"/>.</summary>
internal static unsafe partial class Libc
{
    /// <summary>openat2(2): number 437 on every architecture.</summary>
    private const nint OpenAt2Number = 437;

    /// <summary>RESOLVE_IN_ROOT: ".." and absolute links stay below the directory descriptor.</summary>
    private const ulong ResolveInRoot = 0x10;

    /// <summary>RESOLVE_NO_MAGICLINKS: no jumps through /proc/PID/fd and its like.</summary>
    private const ulong ResolveNoMagicLinks = 0x02;

    /// <summary>O_PATH | O_DIRECTORY | O_CLOEXEC; O_DIRECTORY differs between architectures.</summary>
    private static readonly ulong DirectoryFlags = 0x200000 | 0x80000
        | (RuntimeInformation.ProcessArchitecture is System.Runtime.InteropServices.Architecture.Arm64
            or System.Runtime.InteropServices.Architecture.Arm
            or System.Runtime.InteropServices.Architecture.Ppc64le ? 0x4000UL : 0x10000UL);

    /// <summary>
    /// Opens a directory below another as if that were the root of the file system, following links inside it.
    /// Returns the descriptor or -1 with errno set.
    /// </summary>
    public static int OpenDirectoryInRoot(SafeHandle root, string path)
    {
        OpenHow how = new() { Flags = DirectoryFlags, Resolve = ResolveInRoot | ResolveNoMagicLinks };
        return (int)SystemCall(OpenAt2Number, root, path.Length == 0 ? "." : path, &how, (nuint)sizeof(OpenHow));
    }

    /// <summary>flock(2): 0, or -1 with errno set.</summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint SystemCall(nint number, SafeHandle directory, string path, OpenHow* how, nuint size);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
