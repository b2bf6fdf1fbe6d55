using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>Takes files out of a record of the database, and leaves every other line as it is.</summary>
internal static class ApkRecordEdit
{
    /// <summary>The record without the lines of some files; the directories stay, as apk has it.</summary>
    public static ReadOnlyMemory<byte> Without(ReadOnlyMemory<byte> record, IReadOnlySet<RootPath> files)
    {
        if (files.Count == 0)
        {
            return record;
        }

        using MemoryStream kept = new();
        RootPath directory = RootPath.Root;
        bool isTaken = false;
        ReadOnlySpan<byte> rest = record.Span;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = rest[..(end < 0 ? rest.Length : end + 1)];
            rest = rest[line.Length..];
            string value = Encoding.UTF8.GetString(line[Math.Min(2, line.Length)..]).TrimEnd('\n');
            if (line[0] is (byte)'F')
            {
                directory = RootPath.Parse(value);
            }

            // What follows the name of a file is about it: a:, Z:.
            isTaken = line[0] switch
            {
                (byte)'R' => files.Contains(directory.Append(value)),
                (byte)'F' or (byte)'M' => false,
                _ => isTaken,
            };
            if (!isTaken)
            {
                kept.Write(line);
            }
        }

        return kept.ToArray();
    }
}
