using System.Buffers;
using System.Text;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Packages.Deb.Repositories;

/// <summary>
/// The fields of a package index, or of dpkg's database, that a build uses. Up to <see cref="InstalledSize"/> they are kept as text, in this
/// order; the others are read once.
/// </summary>
internal enum DebField
{
    /// <summary>Version.</summary>
    Version,

    /// <summary>Filename.</summary>
    Filename,

    /// <summary>SHA256.</summary>
    Sha256,

    /// <summary>Pre-Depends.</summary>
    PreDepends,

    /// <summary>Depends.</summary>
    Depends,

    /// <summary>Conflicts.</summary>
    Conflicts,

    /// <summary>Breaks.</summary>
    Breaks,

    /// <summary>Provides.</summary>
    Provides,

    /// <summary>Replaces.</summary>
    Replaces,

    /// <summary>Recommends.</summary>
    Recommends,

    /// <summary>Section.</summary>
    Section,

    /// <summary>Source.</summary>
    Source,

    /// <summary>Installed-Size.</summary>
    InstalledSize,

    /// <summary>Package.</summary>
    Package,

    /// <summary>Architecture.</summary>
    Architecture,

    /// <summary>Size.</summary>
    Size,

    /// <summary>Multi-Arch.</summary>
    MultiArch,

    /// <summary>Essential.</summary>
    Essential,

    /// <summary>Protected.</summary>
    Protected,

    /// <summary>Important.</summary>
    Important,

    /// <summary>Priority.</summary>
    Priority,

    /// <summary>Phased-Update-Percentage.</summary>
    PhasedUpdatePercentage,

    /// <summary>MD5sum.</summary>
    Md5,

    /// <summary>SHA1.</summary>
    Sha1,

    /// <summary>Status, in dpkg's own database only.</summary>
    Status,
}

/// <summary>
/// A stanza whose fields are found by <see cref="DebField"/>: each name is looked up once in a table, since an index
/// has over a million of them.
/// </summary>
internal sealed class DebStanza
{
    private const int TableSize = 256;
    private const int Absent = -1;

    // In the order of DebField.
    private static readonly string[] Names =
    [
        "Version", "Filename", "SHA256", "Pre-Depends", "Depends",
        "Conflicts", "Breaks", "Provides", "Replaces", "Recommends",
        "Section", "Source", "Installed-Size", "Package", "Architecture",
        "Size", "Multi-Arch", "Essential", "Protected", "Important",
        "Priority", "Phased-Update-Percentage", "MD5sum", "SHA1", "Status",
    ];

    private static readonly sbyte[] Table = MakeTable();

    private readonly int[] _indexes = new int[Names.Length];
    private readonly ArrayBufferWriter<byte> _kept = new(4096);
    private Deb822Paragraph _paragraph = new();

    /// <summary>Offset of the stanza's first byte.</summary>
    public long Offset => _paragraph.Offset;

    /// <summary>The field's name as the specification has it.</summary>
    public static string NameOf(DebField field) => Names[(int)field];

    /// <summary>Finds the fields of the next paragraph, which has to remain valid until the one after it.</summary>
    public void Take(Deb822Paragraph paragraph)
    {
        _paragraph = paragraph;
        _indexes.AsSpan().Fill(Absent);
        for (int i = 0; i < paragraph.Count; i++)
        {
            ReadOnlySpan<byte> name = paragraph.Name(i);
            for (int slot = Hash(name); Table[slot] != Absent; slot = (slot + 1) % TableSize)
            {
                int field = Table[slot];
                if (Names[field].Length == name.Length && Ascii.EqualsIgnoreCase(name, Names[field]))
                {
                    _indexes[field] = i;
                    break;
                }
            }
        }
    }

    /// <summary>The trimmed value of a field, empty when it is absent.</summary>
    public ReadOnlySpan<byte> Value(DebField field) =>
        _indexes[(int)field] is >= 0 and int index ? _paragraph.Value(index) : [];

    /// <summary>The values that <see cref="DebPackage"/> keeps, each ended by NUL.</summary>
    public byte[] KeptValues()
    {
        _kept.ResetWrittenCount();
        for (DebField field = 0; field <= DebField.InstalledSize; field++)
        {
            _kept.Write(Value(field));
            _kept.Write("\0"u8);
        }

        return _kept.WrittenSpan.ToArray();
    }

    private static int Hash(ReadOnlySpan<byte> name) =>
        ((name[0] | 0x20) + ((name[^1] | 0x20) * 5) + (name.Length * 11)) % TableSize;

    private static sbyte[] MakeTable()
    {
        sbyte[] table = new sbyte[TableSize];
        table.AsSpan().Fill(Absent);
        for (int field = 0; field < Names.Length; field++)
        {
            int slot = Hash(Encoding.ASCII.GetBytes(Names[field]));
            while (table[slot] != Absent)
            {
                slot = (slot + 1) % TableSize;
            }

            table[slot] = (sbyte)field;
        }

        return table;
    }
}
