using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace RootfsImporter.Linux;

/// <summary>What a file descriptor's terminal is like (tty_ioctl(4)).</summary>
internal static partial class Terminal
{
    /// <summary>The descriptor of standard input.</summary>
    public const int StandardInput = 0;

    /// <summary>The descriptor of standard output.</summary>
    public const int StandardOutput = 1;

    /// <summary>The descriptor of standard error.</summary>
    public const int StandardError = 2;

    /// <summary>TIOCGWINSZ of asm-generic/ioctls.h; powerpc has its own, and gets no size.</summary>
    private const nuint GetWindowSizeRequest = 0x5413;

    /// <summary>Whether a descriptor is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => Syscall.isatty(descriptor);

    /// <summary>The size of a descriptor's terminal in character cells, or null when it has none.</summary>
    public static (int Columns, int Rows)? Size(int descriptor) =>
        GetWindowSize(descriptor, GetWindowSizeRequest, out WindowSize size) == 0
            && size.Columns > 0 && size.Rows > 0
            ? (size.Columns, size.Rows)
            : null;

    /// <summary>
    /// Writes straight to a descriptor, with nothing that would have to be loaded first; what cannot be written is
    /// lost.
    /// </summary>
    public static void WriteRaw(int descriptor, ReadOnlySpan<byte> text)
    {
        while (text.Length > 0 && Write(descriptor, text, (nuint)text.Length) is > 0 and nint count)
        {
            text = text[(int)count..];
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> text, nuint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int GetWindowSize(int descriptor, nuint request, out WindowSize size);

    /// <summary>struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelWidth;
        public ushort PixelHeight;
    }
}
