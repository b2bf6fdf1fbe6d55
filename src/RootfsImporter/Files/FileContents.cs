using System.Buffers;

namespace RootfsImporter.Files;

/// <summary>Compares contents.</summary>
internal static class FileContents
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Whether both have the same bytes.</summary>
    public static bool AreEqual(FileContent a, FileContent b)
    {
        if (a.Length != b.Length)
        {
            return false;
        }

        using Stream first = a.Open();
        using Stream second = b.Open();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * BufferBytes);
        try
        {
            Span<byte> left = buffer.AsSpan(0, BufferBytes);
            Span<byte> right = buffer.AsSpan(BufferBytes, BufferBytes);
            while (true)
            {
                int read = first.ReadAtLeast(left, left.Length, throwOnEndOfStream: false);
                int other = second.ReadAtLeast(right, right.Length, throwOnEndOfStream: false);
                if (!left[..read].SequenceEqual(right[..other]))
                {
                    return false;
                }

                if (read < left.Length)
                {
                    return true;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
