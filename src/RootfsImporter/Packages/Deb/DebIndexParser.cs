using System.Buffers;
using System.Globalization;
using System.Text;

namespace RootfsImporter.Packages.Deb;

/// <summary>
/// Reads a <c>Packages</c> index (Debian repository format, "Packages Indices"). What a later stage uses as a path
/// or compares a download with is checked here, so that an index that lies about its shape is refused as a whole.
/// </summary>
internal static class DebIndexParser
{
    private const int MaxStanzaBytes = 4 << 20;
    private const int MaxPackages = 1_000_000;
    private const int MaxNameBytes = 256;
    private const long MaxPackageFileBytes = 1L << 36;

    private static readonly Deb822Options Options = new() { MaxParagraphBytes = MaxStanzaBytes };

    private static readonly SearchValues<byte> NameBytes = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-_"u8);

    // In the order of DebField.
    private static readonly byte[][] FieldNames =
    [
        .. new[]
        {
            "Version", "Filename", "SHA256", "Pre-Depends", "Depends", "Conflicts", "Breaks", "Provides", "Replaces",
            "Recommends", "Section", "Source", "Installed-Size",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    // The values that nearly all packages share; others get a string of their own.
    private static readonly string[] Common =
        ["all", "amd64", "arm64", "armhf", "i386", "required", "important", "standard", "optional", "extra"];

    /// <summary>
    /// Reads the decompressed text of one index. The stream stays the caller's. Throws
    /// <see cref="InvalidDataException"/> with an offset for a stanza that is malformed, lacks the file's name, size or
    /// SHA-256, or names a file outside the archive.
    /// </summary>
    public static IReadOnlyList<DebPackage> Parse(Stream packagesText, Repository repository, string component)
    {
        Deb822Reader reader = new(packagesText, Options);
        List<DebPackage> packages = [];
        ArrayBufferWriter<byte> values = new(4096);
        while (reader.Read() is { } stanza)
        {
            if (packages.Count == MaxPackages)
            {
                throw Malformed(stanza, $"more than {MaxPackages} packages");
            }

            packages.Add(ReadPackage(stanza, repository, component, values));
        }

        return packages;
    }

    private static DebPackage ReadPackage(
        Deb822Paragraph stanza, Repository repository, string component, ArrayBufferWriter<byte> values)
    {
        string name = ReadName(stanza, "Package"u8);
        CheckVersion(stanza, name);
        CheckFilename(stanza, name);
        CheckDigest(stanza, name);
        return new DebPackage(KeepValues(stanza, values))
        {
            Name = name,
            Architecture = ReadName(stanza, "Architecture"u8),
            Repository = repository,
            Component = component,
            Size = ReadNumber(stanza, name, "Size"u8, 1, MaxPackageFileBytes, null),
            MultiArch = ReadMultiArch(stanza.Value("Multi-Arch"u8)),
            IsEssential = IsYes(stanza, "Essential"u8),
            IsProtected = IsYes(stanza, "Protected"u8) || IsYes(stanza, "Important"u8),
            Priority = Share(stanza.Value("Priority"u8)),
            PhasedUpdatePercentage =
                (int)ReadNumber(stanza, name, "Phased-Update-Percentage"u8, 0, 100, absent: 100),
            HasProvides = !stanza.Value("Provides"u8).IsEmpty,
        };
    }

    private static byte[] KeepValues(Deb822Paragraph stanza, ArrayBufferWriter<byte> values)
    {
        values.ResetWrittenCount();
        foreach (byte[] field in FieldNames)
        {
            values.Write(stanza.Value(field));
            values.Write("\0"u8);
        }

        return values.WrittenSpan.ToArray();
    }

    // The name becomes a file name in dpkg's database, so it must be what dpkg accepts as one.
    private static string ReadName(Deb822Paragraph stanza, ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> name = stanza.Value(field);
        if (name.IsEmpty || name.Length > MaxNameBytes || !char.IsAsciiLetterOrDigit((char)name[0])
            || name.ContainsAnyExcept(NameBytes))
        {
            throw Malformed(
                stanza, $"{Encoding.ASCII.GetString(field)} '{Shorten(name)}' is missing or has characters of no name");
        }

        return Share(name);
    }

    private static void CheckVersion(Deb822Paragraph stanza, string name)
    {
        if (!DebVersion.TryParse(Encoding.UTF8.GetString(stanza.Value("Version"u8)), out _, out string? problem))
        {
            throw Malformed(stanza, $"package {name}: {problem}");
        }
    }

    private static void CheckFilename(Deb822Paragraph stanza, string name)
    {
        ReadOnlySpan<byte> path = stanza.Value("Filename"u8);
        if (path.IsEmpty)
        {
            throw Malformed(stanza, $"package {name} has no Filename");
        }

        if (!DebFilename.IsSafe(path))
        {
            throw Malformed(
                stanza, $"package {name}: Filename '{Shorten(path)}' is not a plain path below the archive root");
        }
    }

    private static void CheckDigest(Deb822Paragraph stanza, string name)
    {
        ReadOnlySpan<byte> digest = stanza.Value("SHA256"u8);
        Span<byte> hash = stackalloc byte[32];
        if (digest.IsEmpty)
        {
            bool hasWeak = stanza.IndexOf("MD5sum"u8) >= 0 || stanza.IndexOf("SHA1"u8) >= 0;
            throw Malformed(
                stanza, $"package {name} has no SHA256{(hasWeak ? ", only hashes that are too weak to trust" : "")}");
        }

        if (digest.Length != 64
            || Convert.FromHexString(digest, hash, out _, out int written) != OperationStatus.Done || written != 32)
        {
            throw Malformed(stanza, $"package {name}: SHA256 '{Shorten(digest)}' is not 64 hexadecimal digits");
        }
    }

    private static long ReadNumber(
        Deb822Paragraph stanza, string name, ReadOnlySpan<byte> field, long least, long most, long? absent)
    {
        ReadOnlySpan<byte> text = stanza.Value(field);
        if (text.IsEmpty && absent is { } value)
        {
            return value;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number >= least && number <= most
            ? number
            : throw Malformed(
                stanza,
                $"package {name}: {Encoding.ASCII.GetString(field)} '{Shorten(text)}' is no number from {least} to {most}");
    }

    private static bool IsYes(Deb822Paragraph stanza, ReadOnlySpan<byte> field) =>
        Ascii.EqualsIgnoreCase(stanza.Value(field), "yes"u8);

    private static MultiArch ReadMultiArch(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("same"u8) ? MultiArch.Same
        : value.SequenceEqual("foreign"u8) ? MultiArch.Foreign
        : value.SequenceEqual("allowed"u8) ? MultiArch.Allowed
        : MultiArch.No;

    private static string Share(ReadOnlySpan<byte> value)
    {
        foreach (string common in Common)
        {
            if (common.Length == value.Length && Ascii.Equals(value, common))
            {
                return common;
            }
        }

        return Encoding.UTF8.GetString(value);
    }

    private static string Shorten(ReadOnlySpan<byte> value) =>
        Encoding.ASCII.GetString(value[..Math.Min(value.Length, 80)]);

    private static InvalidDataException Malformed(Deb822Paragraph stanza, string what) =>
        new($"in the stanza at byte {stanza.Offset}: {what}");
}
