using System.Runtime.InteropServices;

namespace RootfsImporter.Codecs;

/// <summary>zlib: zlib.h.</summary>
internal static unsafe partial class LibZ
{
    public const string Library = "libz.so.1";
    public const string Package = "zlib1g";

    /// <summary>The windowBits of the largest window with gzip's framing, and no other.</summary>
    public const int GzipWindowBits = 15 + 16;

    /// <summary>The Z_ result codes that inflating gives.</summary>
    public enum Result
    {
        Ok = 0,
        StreamEnd = 1,
        NeedDictionary = 2,
        StreamError = -2,
        DataError = -3,
        MemoryError = -4,
        BufferError = -5,
        VersionError = -6,
    }

    /// <summary>z_stream.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct State
    {
        public byte* NextIn;
        public uint AvailableIn;
        private readonly CULong _totalIn;
        public byte* NextOut;
        public uint AvailableOut;
        private readonly CULong _totalOut;
        public readonly nint Message;
        private readonly nint _state;
        private readonly nint _allocate;
        private readonly nint _free;
        private readonly nint _opaque;
        private readonly int _dataType;
        private readonly CULong _checksum;
        private readonly CULong _reserved;
    }

    // Only the version's first character and the structure's size are compared.
    [LibraryImport(Library, EntryPoint = "inflateInit2_", StringMarshalling = StringMarshalling.Utf8)]
    public static partial Result OpenInflater(
        InflateHandle stream, int windowBits, string version, int stateBytes);

    [LibraryImport(Library, EntryPoint = "inflateReset")]
    public static partial Result Reset(InflateHandle stream);

    [LibraryImport(Library, EntryPoint = "inflate")]
    public static partial Result Inflate(InflateHandle stream, int flush);

    [LibraryImport(Library, EntryPoint = "inflateEnd")]
    public static partial Result CloseInflater(State* stream);
}

/// <summary>Owns a z_stream.</summary>
internal sealed unsafe class InflateHandle : SafeHandle
{
    private bool _isOpen;

    public InflateHandle()
        : base(0, ownsHandle: true) =>
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(LibZ.State)));

    public override bool IsInvalid => handle == 0;

    /// <summary>The structure; valid until this is disposed.</summary>
    public LibZ.State* State => (LibZ.State*)handle;

    /// <summary>Starts to inflate; to be called once.</summary>
    public void Open()
    {
        LibZ.Result result = LibZ.OpenInflater(this, LibZ.GzipWindowBits, "1", sizeof(LibZ.State));
        _isOpen = result == LibZ.Result.Ok;
        if (!_isOpen)
        {
            throw new HostException(
                $"{LibZ.Library} cannot start a decoder ({result})", "check the free memory");
        }
    }

    protected override bool ReleaseHandle()
    {
        if (_isOpen)
        {
            _ = LibZ.CloseInflater(State);
        }

        NativeMemory.Free(State);
        return true;
    }
}
