using System.Buffers;
using System.Globalization;
using System.Text;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>
/// Gathers the fields of one record of an index, as apk takes them (apk-tools, src/package.c): fields in lower case that
/// it does not know are ignored, any other makes the package uninstallable. What a later stage uses as a path or compares
/// a download with is checked, so that an index that lies about its shape is refused as a whole.
/// </summary>
/// <param name="maySelfMade">
/// Whether names may begin with a dot, as those of packages that <c>apk add --virtual .NAME</c> makes on a system.
/// </param>
internal sealed class ApkPackageFields(bool maySelfMade = false)
{
    private const long MaxPackageBytes = 1L << 36;
    private const int MaxNameLength = 256;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._");

    private static readonly SearchValues<char> VersionCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._~");

    private char[] _characters = new char[4096];
    private long _firstLine;
    private string? _name;
    private ApkVersion? _version;
    private string? _architecture;
    private string? _checksum;
    private string? _origin;
    private string? _uninstallable;
    private long? _size;
    private long _buildTime;
    private int _providerPriority;
    private IReadOnlyList<ApkDependency> _depends = [];
    private IReadOnlyList<ApkDependency> _provides = [];
    private IReadOnlyList<ApkDependency> _installIf = [];

    /// <summary>Whether no field was taken.</summary>
    public bool IsEmpty => _firstLine == 0;

    /// <summary>Begins the next record.</summary>
    public void Clear()
    {
        _firstLine = 0;
        (_name, _version, _architecture, _checksum, _origin, _uninstallable) = (null, null, null, null, null, null);
        (_size, _buildTime, _providerPriority) = (null, 0, 0);
        (_depends, _provides, _installIf) = ([], [], []);
    }

    /// <summary>Takes a field; throws <see cref="InvalidDataException"/> with the line's number.</summary>
    public void Take(char letter, ReadOnlySpan<byte> value, long line)
    {
        _firstLine = IsEmpty ? line : _firstLine;
        switch (letter)
        {
            case 'P':
                _name = ReadName(Text(value), line);
                break;
            case 'V':
                _version = ReadVersion(Text(value), line);
                break;
            case 'A':
                _architecture = Share(Text(value), _architecture);
                break;
            case 'C':
                _checksum = Text(value).ToString();
                break;
            case 'S':
                _size = ReadNumber(letter, value, MaxPackageBytes, line);
                break;
            case 't':
                _buildTime = ReadNumber(letter, value, long.MaxValue, line);
                break;
            case 'k':
                _providerPriority = (int)ReadNumber(letter, value, int.MaxValue, line);
                break;
            case 'o':
                _origin = Share(Text(value), _name);
                break;
            case 'D':
                _depends = ReadTerms(value, out string? problem);
                _uninstallable ??= problem is null ? null : $"its dependencies are malformed: {problem}";
                break;
            case 'p':
                _provides = ReadTerms(value, out _);
                break;
            case 'i':
                // Half a condition would hold too often.
                IReadOnlyList<ApkDependency> terms = ReadTerms(value, out string? fault);
                _installIf = fault is null ? terms : [];
                break;
            case 'T' or 'U' or 'L' or 'I' or 'F' or 'M' or 'R' or 'Z':
                break;
            case >= 'A' and <= 'Z':
                _uninstallable ??= $"the index has a field '{letter}' for it, which only a newer apk understands";
                break;
        }
    }

    /// <summary>The package; throws <see cref="InvalidDataException"/> when a field is missing.</summary>
    public ApkPackage ToPackage(Repository repository, string architecture)
    {
        string name = _name ?? throw Malformed(_firstLine, "a package has no name (P)");
        string checksum = _checksum ?? throw Malformed(_firstLine, $"the package {name} has no checksum (C)");
        string own = _architecture ?? architecture;
        return new ApkPackage
        {
            Name = name,
            Version = _version ?? throw Malformed(_firstLine, $"the package {name} has no version (V)"),
            Architecture = own,
            IndexArchitecture = architecture,
            Checksum = checksum,
            Size = _size ?? (maySelfMade ? 0 : throw Malformed(_firstLine, $"the package {name} has no size (S)")),
            BuildTime = _buildTime,
            Origin = _origin,
            Depends = _depends,
            Provides = _provides,
            InstallIf = _installIf,
            ProviderPriority = _providerPriority,
            Repository = repository,
            Uninstallable = _uninstallable
                ?? (own != architecture && own != "noarch" ? $"it is for {own}"
                : ApkChecksum.TryParse(checksum, out _) ? null
                : $"its checksum '{checksum}' is not of the kind that packages of apk v2 have (Q1)"),
        };
    }

    private static InvalidDataException Malformed(long line, string what) => new($"line {line}: {what}");

    // The name is part of a file's name here and at the mirror.
    private string ReadName(ReadOnlySpan<char> name, long line) =>
        !name.IsEmpty && name.Length <= MaxNameLength && !name.ContainsAnyExcept(NameCharacters)
            && (char.IsAsciiLetterOrDigit(name[0]) || name[0] == '_' || (maySelfMade && name is ['.', not '.', ..]))
            ? name.ToString()
            : throw Malformed(line, $"'{Shorten(name)}' cannot be the name of a package");

    private static ApkVersion ReadVersion(ReadOnlySpan<char> version, long line)
    {
        string? problem = version.Length > MaxNameLength || version.ContainsAnyExcept(VersionCharacters)
            ? $"'{Shorten(version)}' cannot be a version"
            : null;
        return problem is null && ApkVersion.TryParse(version, out ApkVersion? parsed, out problem)
            ? parsed
            : throw Malformed(line, problem ?? "");
    }

    private static long ReadNumber(char letter, ReadOnlySpan<byte> value, long most, long line) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= most
            ? number
            : throw Malformed(
                line, $"{letter}: '{Shorten(Encoding.Latin1.GetString(value))}' is no number from 0 to {most}");

    /// <summary>The string that it is equal to, or one of its own.</summary>
    private static string Share(ReadOnlySpan<char> text, string? other) =>
        text.SequenceEqual(other) ? other!
        : text is "x86_64" ? "x86_64"
        : text is "aarch64" ? "aarch64"
        : text is "noarch" ? "noarch"
        : text.ToString();

    private static string Shorten(ReadOnlySpan<char> text) => text[..Math.Min(text.Length, 80)].ToString();

    private IReadOnlyList<ApkDependency> ReadTerms(ReadOnlySpan<byte> value, out string? problem) =>
        ApkDependency.ParseList(Text(value), out problem);

    /// <summary>The text, valid until the next call.</summary>
    private ReadOnlySpan<char> Text(ReadOnlySpan<byte> value)
    {
        if (_characters.Length < value.Length)
        {
            _characters = new char[value.Length];
        }

        return _characters.AsSpan(0, Encoding.UTF8.GetChars(value, _characters));
    }
}
