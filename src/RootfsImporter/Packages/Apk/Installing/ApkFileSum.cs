using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>Tells files that somebody changed from those that are as their package brought them.</summary>
internal static class ApkFileSum
{
    private const int MaxConfigurationBytes = 64 << 20;

    /// <summary>
    /// Whether the file or link at a path is what a package recorded: the content of a file and the target of a link are
    /// compared. False for a file without a recorded hash. Throws <see cref="InvalidDataException"/> for a file that is
    /// larger than any settings are.
    /// </summary>
    public static bool IsAsRecorded(Rootfs rootfs, RootPath path, ReadOnlyMemory<byte>? sum, bool isSha256)
    {
        if (sum is not { } expected)
        {
            return false;
        }

        byte[]? content = rootfs.TryReadLink(path) is string target
            ? Encoding.UTF8.GetBytes(target)
            : rootfs.TryReadFile(path, MaxConfigurationBytes);
        return content is not null
            && Hash(content, isSha256 || expected.Length == SHA256.HashSizeInBytes).AsSpan().StartsWith(expected.Span);
    }

    // SHA-1, because packages have that of their files.
    private static byte[] Hash(byte[] content, bool isSha256)
    {
#pragma warning disable CA5350
        return isSha256 ? SHA256.HashData(content) : SHA1.HashData(content);
#pragma warning restore CA5350
    }
}
