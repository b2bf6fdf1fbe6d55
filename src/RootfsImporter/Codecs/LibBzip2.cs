using System.Runtime.InteropServices;

namespace RootfsImporter.Codecs;

/// <summary>libbz2: bzlib.h.</summary>
internal static unsafe partial class LibBzip2
{
    public const string Library = "libbz2.so.1.0";
    public const string Package = "libbz2-1.0";

    /// <summary>The BZ_ result codes that decompression gives.</summary>
    public enum Result
    {
        Ok = 0,
        StreamEnd = 4,
        MemoryError = -3,
        DataError = -4,
        MagicError = -5,
    }

    /// <summary>bz_stream.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct State
    {
        public byte* NextIn;
        public uint AvailableIn;
        private readonly uint _totalInLow;
        private readonly uint _totalInHigh;
        public byte* NextOut;
        public uint AvailableOut;
        private readonly uint _totalOutLow;
        private readonly uint _totalOutHigh;
        private readonly nint _state;
        private readonly nint _allocate;
        private readonly nint _free;
        private readonly nint _opaque;
    }

    [LibraryImport(Library, EntryPoint = "BZ2_bzDecompressInit")]
    public static partial Result OpenDecompressor(Bzip2Handle stream, int verbosity, int small);

    [LibraryImport(Library, EntryPoint = "BZ2_bzDecompress")]
    public static partial Result Decompress(Bzip2Handle stream);

    [LibraryImport(Library, EntryPoint = "BZ2_bzDecompressEnd")]
    public static partial int CloseDecompressor(State* stream);
}

/// <summary>Owns a bz_stream.</summary>
internal sealed unsafe class Bzip2Handle : SafeHandle
{
    private bool _isOpen;

    public Bzip2Handle()
        : base(0, ownsHandle: true) =>
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(LibBzip2.State)));

    public override bool IsInvalid => handle == 0;

    /// <summary>The structure; valid until this is disposed.</summary>
    public LibBzip2.State* State => (LibBzip2.State*)handle;

    /// <summary>Starts a stream anew.</summary>
    public void Begin()
    {
        End();
        LibBzip2.Result result = LibBzip2.OpenDecompressor(this, verbosity: 0, small: 0);
        _isOpen = result == LibBzip2.Result.Ok;
        if (!_isOpen)
        {
            throw new HostException(
                $"{LibBzip2.Library} cannot start a decoder ({result})", "check the free memory");
        }
    }

    protected override bool ReleaseHandle()
    {
        End();
        NativeMemory.Free(State);
        return true;
    }

    private void End()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _ = LibBzip2.CloseDecompressor(State);
        }
    }
}
