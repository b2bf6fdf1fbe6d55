using System.Security.Cryptography;
using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Stages;

/// <summary>
/// Compressed chunks on disk, by what they are of and how they were compressed. A file is the SHA-256 of the
/// compressed bytes and these bytes; one that is damaged counts as absent. A cache that cannot be written is
/// no error.
/// </summary>
/// <param name="directory">Where the files are.</param>
/// <param name="codec">The compressor's identity.</param>
internal sealed class LayerChunkCache(string directory, string codec)
{
    private const string Version = "layer chunk 1";

    private readonly byte[] _keyPrefix = Encoding.UTF8.GetBytes($"{Version}\n{codec}\n");

    /// <summary>The file that holds a chunk.</summary>
    public string GetFile(ReadOnlySpan<byte> chunk)
    {
        byte[] key = [.. _keyPrefix, .. SHA256.HashData(chunk)];
        string name = Convert.ToHexStringLower(SHA256.HashData(key));
        return Path.Combine(directory, name[..2], name);
    }

    /// <summary>
    /// Reads a file of the cache into <paramref name="output"/>; false when it is absent or damaged.
    /// </summary>
    public static bool TryRead(string file, MemoryStream output)
    {
        int start = (int)output.Length;
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
            long size = stream.Length - expected.Length;
            if (size is <= 0 or > LayerChunk.MaxBytes * 2)
            {
                return false;
            }

            stream.ReadExactly(expected);
            output.SetLength(start + size);
            Span<byte> packed = output.GetBuffer().AsSpan(start, (int)size);
            stream.ReadExactly(packed);
            if (SHA256.HashData(packed).AsSpan().SequenceEqual(expected))
            {
                UnusedFiles.Touch(file, DateTime.UtcNow);
                return true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // As if absent: it is made again.
        }

        output.SetLength(start);
        return false;
    }

    /// <summary>Writes a file of the cache, whole or not at all.</summary>
    public static void Write(string file, ReadOnlySpan<byte> packed)
    {
        string temporary = $"{file}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using (FileStream stream =
                new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                stream.Write(SHA256.HashData(packed));
                stream.Write(packed);
            }

            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nothing more can be done, and it does no harm.
        }
    }
}
