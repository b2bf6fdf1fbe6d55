using System.Runtime.InteropServices;

namespace RootfsImporter.Codecs;

/// <summary>liblzma (xz-utils): lzma/base.h, lzma/container.h.</summary>
internal static unsafe partial class LibLzma
{
    public const string Library = "liblzma.so.5";
    public const string Package = "liblzma5";

    public const uint TellUnsupportedCheck = 0x02;
    public const uint Concatenated = 0x08;

    /// <summary>lzma_ret.</summary>
    public enum Result
    {
        Ok = 0,
        StreamEnd = 1,
        NoCheck = 2,
        UnsupportedCheck = 3,
        GetCheck = 4,
        MemoryError = 5,
        MemoryLimitError = 6,
        FormatError = 7,
        OptionsError = 8,
        DataError = 9,
        BufferError = 10,
        ProgrammingError = 11,
    }

    /// <summary>lzma_action.</summary>
    public enum Action
    {
        Run = 0,
        Finish = 3,
    }

    /// <summary>lzma_stream; all zeros is LZMA_STREAM_INIT.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct State
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        private readonly nint _allocator;
        private readonly nint _internal;
        private readonly nint _reserved1;
        private readonly nint _reserved2;
        private readonly nint _reserved3;
        private readonly nint _reserved4;
        private readonly ulong _seekPosition;
        private readonly ulong _reserved5;
        private readonly nuint _reserved6;
        private readonly nuint _reserved7;
        private readonly int _reserved8;
        private readonly int _reserved9;
    }

    [LibraryImport(Library, EntryPoint = "lzma_stream_decoder")]
    public static partial Result OpenStreamDecoder(LzmaHandle stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library, EntryPoint = "lzma_alone_decoder")]
    public static partial Result OpenAloneDecoder(LzmaHandle stream, ulong memoryLimit);

    [LibraryImport(Library, EntryPoint = "lzma_code")]
    public static partial Result Code(LzmaHandle stream, Action action);

    [LibraryImport(Library, EntryPoint = "lzma_end")]
    public static partial void End(State* stream);
}

/// <summary>Owns a lzma_stream.</summary>
internal sealed unsafe class LzmaHandle : SafeHandle
{
    public LzmaHandle()
        : base(0, ownsHandle: true) =>
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(LibLzma.State)));

    public override bool IsInvalid => handle == 0;

    /// <summary>The structure; valid until this is disposed.</summary>
    public LibLzma.State* State => (LibLzma.State*)handle;

    /// <summary>Whether the library was reached, so that it may have something to free.</summary>
    public bool IsOpen { get; set; }

    protected override bool ReleaseHandle()
    {
        if (IsOpen)
        {
            LibLzma.End(State);
        }

        NativeMemory.Free(State);
        return true;
    }
}
