using System.Buffers.Text;
using System.Globalization;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Database;

/// <summary>
/// Reads the list of files in a record of apk's database (apk-tools, src/database.c): <c>F:</c> a directory, <c>M:</c> its
/// owner and mode, <c>R:</c> a file in it, <c>a:</c> owner and mode of that, <c>Z:</c> its checksum.
/// </summary>
internal static class InstalledPaths
{
    private const int MaxPaths = 4_000_000;
    private const int DirectoryMode = 0b111_101_101;
    private const int FileMode = 0b110_100_100;
    private const int MaxMode = 0xFFF;

    /// <summary>
    /// The directories, each with its files after it, in the record's order; the root directory is left out. Throws
    /// <see cref="InvalidDataException"/> for what is malformed or would leave the root.
    /// </summary>
    public static IReadOnlyList<InstalledPath> Read(ReadOnlyMemory<byte> record)
    {
        ApkRecordReader reader = new(new MemoryStream(record.ToArray(), writable: false));
        List<InstalledPath> paths = [];
        RootPath? directory = null;
        bool isFile = false;
        while (reader.ReadField(out char letter, out ReadOnlySpan<byte> value))
        {
            if (letter is 'F')
            {
                directory = ReadPath(value);
                isFile = false;
                Add(paths, directory.Value, EntryKind.Directory, DirectoryMode);
            }
            else if (letter is 'R')
            {
                isFile = true;
                Add(paths, ReadFile(directory, value), EntryKind.File, FileMode);
            }
            else if (letter is 'M' or 'a' or 'Z')
            {
                bool isOfFile = letter != 'M';
                if (directory is null || isFile != isOfFile)
                {
                    throw new InvalidDataException($"a line '{letter}:' follows nothing that it could be about");
                }

                paths[^1] = letter == 'Z' ? paths[^1] with { Sum = ReadSum(value) } : WithOwner(paths[^1], value);
            }
        }

        return [.. paths.Where(path => !path.Entry.Path.IsRoot)];
    }

    private static void Add(List<InstalledPath> paths, RootPath path, EntryKind kind, int mode)
    {
        if (paths.Count == MaxPaths)
        {
            throw new InvalidDataException($"it has more than {MaxPaths} files");
        }

        paths.Add(new InstalledPath(new TreeEntry { Path = path, Kind = kind, Mode = mode }, null));
    }

    private static RootPath ReadPath(ReadOnlySpan<byte> value)
    {
        string text = Encoding.UTF8.GetString(value);
        return RootPath.TryParse(text, out RootPath path)
            ? path
            : throw new InvalidDataException($"'{text}' is not a path inside the root");
    }

    private static RootPath ReadFile(RootPath? directory, ReadOnlySpan<byte> value)
    {
        string name = Encoding.UTF8.GetString(value);
        return directory is not { } parent ? throw new InvalidDataException($"the file '{name}' is in no directory")
            : name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\0')
                ? throw new InvalidDataException($"'{name}' is not the name of a file")
            : parent.Append(name);
    }

    /// <summary><c>UID:GID:MODE</c>, the mode in octal; a checksum of extended attributes may follow.</summary>
    private static InstalledPath WithOwner(InstalledPath path, ReadOnlySpan<byte> value)
    {
        string text = Encoding.UTF8.GetString(value);
        string[] fields = text.Split(':');
        int mode = 0;
        if (fields is not [{ } uid, { } gid, { Length: > 0 and <= 6 } octal, ..] || fields.Length > 4
            || !uint.TryParse(uid, NumberStyles.None, CultureInfo.InvariantCulture, out uint user)
            || !uint.TryParse(gid, NumberStyles.None, CultureInfo.InvariantCulture, out uint group)
            || !octal.All(digit => digit is >= '0' and <= '7')
            || (mode = Convert.ToInt32(octal, 8)) > MaxMode)
        {
            throw new InvalidDataException($"'{text}' is not an owner, a group and a mode");
        }

        return path with { Entry = path.Entry with { Uid = user, Gid = group, Mode = mode } };
    }

    /// <summary>Null for a sum of a kind that is not known: such a file cannot be told from a changed one.</summary>
    private static ReadOnlyMemory<byte>? ReadSum(ReadOnlySpan<byte> value)
    {
        byte[] sum = new byte[Base64.GetMaxDecodedFromUtf8Length(Math.Min(value.Length, 64))];
        return value is [(byte)'Q', (byte)'1' or (byte)'2', .. { Length: <= 48 } text]
            && Base64.DecodeFromUtf8(text, sum, out _, out int length) == System.Buffers.OperationStatus.Done
            && length is 20 or 32
            ? sum.AsMemory(0, length)
            : default(ReadOnlyMemory<byte>?);
    }
}

/// <summary>Something that an installed package brought.</summary>
/// <param name="Entry">
/// A directory, or a file or link of any kind (which is not recorded), with owner and mode as recorded.
/// </param>
/// <param name="Sum">The hash of a file's content or of a link's target: SHA-1 or SHA-256; else null.</param>
internal sealed record InstalledPath(TreeEntry Entry, ReadOnlyMemory<byte>? Sum);
