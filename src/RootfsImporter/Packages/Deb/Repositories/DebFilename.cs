using System.Buffers;

namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>The check that a path from an index stays below the archive's root.</summary>
internal static class DebFilename
{
    private const int MaxBytes = 1024;

    /// <summary>
    /// Whether a <c>Filename</c> is a relative path that can be joined to a mirror's address: not absolute, no
    /// scheme, no <c>..</c> segment, also not one that is hidden by percent encoding, nothing that begins a query.
    /// </summary>
    public static bool IsSafe(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path.Length > MaxBytes || path[0] == '/' || path.ContainsAny("\\?#"u8)
            || path.ContainsAnyInRange((byte)0, (byte)' ') || path.ContainsAnyInRange((byte)0x7f, (byte)0xff))
        {
            return false;
        }

        int slash = path.IndexOf((byte)'/');
        ReadOnlySpan<byte> first = slash < 0 ? path : path[..slash];
        return !first.Contains((byte)':') && !HidesPathCharacters(path) && SegmentsStayInside(path);
    }

    private static bool SegmentsStayInside(ReadOnlySpan<byte> path)
    {
        foreach (Range range in path.Split((byte)'/'))
        {
            if (path[range].SequenceEqual(".."u8))
            {
                return false;
            }
        }

        return !path.EndsWith((byte)'/');
    }

    // A percent sign is legal (an epoch's colon is written %3a), but not before 2e "." 2f "/" 5c "\" or a control.
    private static bool HidesPathCharacters(ReadOnlySpan<byte> path)
    {
        Span<byte> decoded = stackalloc byte[1];
        for (int i = path.IndexOf((byte)'%'); i >= 0 && i < path.Length; i++)
        {
            if (path[i] != '%')
            {
                continue;
            }

            if (i + 3 > path.Length
                || Convert.FromHexString(path.Slice(i + 1, 2), decoded, out _, out _) != OperationStatus.Done
                || decoded[0] is (byte)'.' or (byte)'/' or (byte)'\\' or < 0x20)
            {
                return true;
            }
        }

        return false;
    }
}
