using System.Globalization;
using System.Text;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Repositories;

namespace RootfsImporter.Packages.Apk.Database;

/// <summary>
/// Reads the records of <c>installed</c>: those of an index, with more fields. Lists of files are left for later.
/// </summary>
internal static class InstalledRecords
{
    private const int MaxPackages = 100_000;

    /// <summary>
    /// The records in order. Throws <see cref="InvalidDataException"/> for what is malformed, and for two of one name.
    /// </summary>
    public static IReadOnlyList<InstalledRecord> Read(byte[] installed)
    {
        ApkRecordReader reader = new(new MemoryStream(installed, writable: false));
        ApkPackageFields fields = new(maySelfMade: true);
        HashSet<string> names = new(StringComparer.Ordinal);
        List<InstalledRecord> records = [];
        int end = 0;
        while (!reader.IsAtEnd)
        {
            fields.Clear();
            InstalledRecord record = new();
            int start = end;
            long firstLine = reader.Line + 1;
            while (reader.ReadField(out char letter, out ReadOnlySpan<byte> value))
            {
                end = Math.Min(installed.Length, end + value.Length + 3);
                fields.Take(letter, value, reader.Line);
                record.Take(letter, value, reader.Line);
            }

            if (!fields.IsEmpty)
            {
                Add(records, names, record with
                {
                    Package = fields.ToPackage(InstalledApks.Origin, "noarch") with
                    {
                        IndexArchitecture = null,
                        Uninstallable = null,
                    },
                    Bytes = installed.AsMemory(start..end),
                });
            }

            // The empty line.
            end = Math.Min(installed.Length, end + 1);
        }

        return records;

        void Add(List<InstalledRecord> all, HashSet<string> known, InstalledRecord record)
        {
            if (all.Count == MaxPackages)
            {
                throw new InvalidDataException($"there are more than {MaxPackages} packages");
            }

            all.Add(known.Add(record.Package.Name)
                ? record
                : throw new InvalidDataException($"the package {record.Package.Name} is there twice"));
        }
    }
}

/// <summary>One record, with what only the database has of a package.</summary>
internal sealed record InstalledRecord
{
    private IReadOnlyList<ApkDependency> _replaces = [];
    private int _replacesPriority;
    private string? _tag;
    private bool _hasShortSha256;

    /// <summary>What an index has of it, too.</summary>
    public ApkPackage Package { get; init; } = null!;

    /// <summary>The record's bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>
    /// Takes a field that an index does not have; throws <see cref="InvalidDataException"/> with the line's number.
    /// </summary>
    public void Take(char letter, ReadOnlySpan<byte> value, long line)
    {
        switch (letter)
        {
            case 'r':
                _replaces = ApkDependency.ParseList(Encoding.UTF8.GetString(value), out _);
                break;
            case 'q':
                _replacesPriority = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int priority)
                    ? priority
                    : throw new InvalidDataException($"line {line}: q: is no number");
                break;
            case 's':
                _tag = Encoding.UTF8.GetString(value);
                break;
            case 'f':
                _hasShortSha256 = value.Contains((byte)'S');
                break;
        }
    }

    /// <summary>The package, with what stands of it elsewhere.</summary>
    public InstalledApk ToPackage(IReadOnlyList<string> triggers, IReadOnlyList<InstalledScript> scripts) => new()
    {
        Package = Package,
        Replaces = _replaces,
        ReplacesPriority = _replacesPriority,
        Tag = _tag,
        HasShortSha256 = _hasShortSha256,
        Record = Bytes,
        Triggers = triggers,
        Scripts = scripts,
    };
}
