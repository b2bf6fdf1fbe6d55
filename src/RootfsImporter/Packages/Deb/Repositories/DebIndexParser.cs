using System.Buffers;
using System.Globalization;
using System.Text;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Packages.Deb.Repositories;

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
        DebStanza stanza = new();
        while (reader.Read() is { } paragraph)
        {
            stanza.Take(paragraph);
            if (packages.Count == MaxPackages)
            {
                throw Malformed(stanza, $"more than {MaxPackages} packages");
            }

            packages.Add(ReadPackage(stanza, repository, component));
        }

        return packages;
    }

    /// <summary>
    /// Reads a stanza of dpkg's database, which has no file. Throws <see cref="InvalidDataException"/> with an offset for one
    /// without name, version or architecture.
    /// </summary>
    public static DebPackage ReadInstalled(DebStanza stanza, Repository source)
    {
        string name = ReadName(stanza, DebField.Package);
        CheckVersion(stanza, name);
        return new DebPackage(stanza.KeptValues())
        {
            Name = name,
            Architecture = ReadName(stanza, DebField.Architecture),
            IsInstalled = true,
            Repository = source,
            Component = "",
            Size = 0,
            MultiArch = ReadMultiArch(stanza.Value(DebField.MultiArch)),
            IsEssential = IsYes(stanza, DebField.Essential),
            IsProtected = IsYes(stanza, DebField.Protected) || IsYes(stanza, DebField.Important),
            Priority = Share(stanza.Value(DebField.Priority)),
            HasProvides = !stanza.Value(DebField.Provides).IsEmpty,
        };
    }

    private static DebPackage ReadPackage(DebStanza stanza, Repository repository, string component)
    {
        string name = ReadName(stanza, DebField.Package);
        CheckVersion(stanza, name);
        CheckFilename(stanza, name);
        CheckDigest(stanza, name);
        return new DebPackage(stanza.KeptValues())
        {
            Name = name,
            Architecture = ReadName(stanza, DebField.Architecture),
            Repository = repository,
            Component = component,
            Size = ReadNumber(stanza, name, DebField.Size, 1, MaxPackageFileBytes, null),
            MultiArch = ReadMultiArch(stanza.Value(DebField.MultiArch)),
            IsEssential = IsYes(stanza, DebField.Essential),
            IsProtected = IsYes(stanza, DebField.Protected) || IsYes(stanza, DebField.Important),
            Priority = Share(stanza.Value(DebField.Priority)),
            PhasedUpdatePercentage =
                (int)ReadNumber(stanza, name, DebField.PhasedUpdatePercentage, 0, 100, absent: 100),
            HasProvides = !stanza.Value(DebField.Provides).IsEmpty,
        };
    }

    // The name becomes a file name in dpkg's database, so it must be what dpkg accepts as one.
    private static string ReadName(DebStanza stanza, DebField field)
    {
        ReadOnlySpan<byte> name = stanza.Value(field);
        if (name.IsEmpty || name.Length > MaxNameBytes || !char.IsAsciiLetterOrDigit((char)name[0])
            || name.ContainsAnyExcept(NameBytes))
        {
            throw Malformed(
                stanza, $"{DebStanza.NameOf(field)} '{Shorten(name)}' is missing or has characters of no name");
        }

        return Share(name);
    }

    private static void CheckVersion(DebStanza stanza, string name)
    {
        if (!DebVersion.TryParse(Encoding.UTF8.GetString(stanza.Value(DebField.Version)), out _, out string? problem))
        {
            throw Malformed(stanza, $"package {name}: {problem}");
        }
    }

    private static void CheckFilename(DebStanza stanza, string name)
    {
        ReadOnlySpan<byte> path = stanza.Value(DebField.Filename);
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

    private static void CheckDigest(DebStanza stanza, string name)
    {
        ReadOnlySpan<byte> digest = stanza.Value(DebField.Sha256);
        Span<byte> hash = stackalloc byte[32];
        if (digest.IsEmpty)
        {
            bool hasWeak = !stanza.Value(DebField.Md5).IsEmpty || !stanza.Value(DebField.Sha1).IsEmpty;
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
        DebStanza stanza, string name, DebField field, long least, long most, long? absent)
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
                $"package {name}: {DebStanza.NameOf(field)} '{Shorten(text)}' is no number from {least} to {most}");
    }

    private static bool IsYes(DebStanza stanza, DebField field) =>
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

    private static InvalidDataException Malformed(DebStanza stanza, string what) =>
        new($"in the stanza at byte {stanza.Offset}: {what}");
}
