using System.Runtime.InteropServices;

namespace RootfsImporter.Codecs;

/// <summary>libzstd: zstd.h, the stable part.</summary>
internal static unsafe partial class LibZstd
{
    public const string Library = "libzstd.so.1";
    public const string Package = "libzstd1";

    /// <summary>ZSTD_cParameter.</summary>
    public enum CompressionParameter
    {
        CompressionLevel = 100,
        ContentSizeFlag = 200,
        ChecksumFlag = 201,
    }

    /// <summary>ZSTD_dParameter.</summary>
    public enum DecompressionParameter
    {
        WindowLogMax = 100,
    }

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    /// <summary>What is wrong, in the library's words; null when the result is not an error.</summary>
    public static string? ErrorOf(nuint result) =>
        IsError(result) == 0 ? null : Marshal.PtrToStringUTF8(GetErrorName(result)) ?? "unknown error";

    [LibraryImport(Library, EntryPoint = "ZSTD_versionNumber")]
    public static partial uint GetVersion();

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    public static partial nint CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    public static partial nuint FreeDecompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    public static partial nuint SetParameter(
        ZstdDecompressorHandle context, DecompressionParameter name, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    public static partial nuint DecompressStream(
        ZstdDecompressorHandle context, ref Buffer output, ref Buffer input);

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    public static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    public static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    public static partial nuint SetParameter(
        ZstdCompressorHandle context, CompressionParameter name, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    public static partial nuint GetCompressedBound(nuint size);

    [LibraryImport(Library, EntryPoint = "ZSTD_compress2")]
    public static partial nuint Compress(
        ZstdCompressorHandle context, byte* output, nuint outputSize, byte* input, nuint inputSize);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint GetErrorName(nuint result);
}

/// <summary>Owns a ZSTD_DCtx.</summary>
internal sealed class ZstdDecompressorHandle : SafeHandle
{
    public ZstdDecompressorHandle()
        : base(0, ownsHandle: true) =>
        SetHandle(NativeCodec.FirstCall(LibZstd.Library, LibZstd.Package, LibZstd.CreateDecompressor));

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => LibZstd.FreeDecompressor(handle) == 0;
}

/// <summary>Owns a ZSTD_CCtx.</summary>
internal sealed class ZstdCompressorHandle : SafeHandle
{
    public ZstdCompressorHandle()
        : base(0, ownsHandle: true) =>
        SetHandle(NativeCodec.FirstCall(LibZstd.Library, LibZstd.Package, LibZstd.CreateCompressor));

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => LibZstd.FreeCompressor(handle) == 0;
}
