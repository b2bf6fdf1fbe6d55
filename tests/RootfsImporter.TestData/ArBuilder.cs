using System.Globalization;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>One member of an ar archive, written as it stands.</summary>
/// <param name="Name">The 16 bytes of the name field, padded with spaces: <c>control.tar.xz</c>, or <c>data.tar/</c>.</param>
/// <param name="Content">The bytes.</param>
public sealed record ArBytesMember(string Name, byte[] Content)
{
    /// <summary>The text of the size field, when it is not to be the content's length.</summary>
    public string? SizeField { get; init; }

    /// <summary>The two bytes that end the header.</summary>
    public string HeaderEnd { get; init; } = "`\n";
}

/// <summary>Writes ar archives as .deb files are (deb(5)), and wrong ones.</summary>
public sealed class ArBuilder
{
    /// <summary>The members, to be changed at will.</summary>
    public List<ArBytesMember> Members { get; } = [];

    /// <summary>What the archive starts with.</summary>
    public string Magic { get; set; } = "!<arch>\n";

    public ArBuilder Add(string name, byte[] content)
    {
        Members.Add(new ArBytesMember(name, content));
        return this;
    }

    /// <summary>Where a member's header starts in the result.</summary>
    public int OffsetOf(int member) =>
        Magic.Length + Members.Take(member).Sum(m => 60 + m.Content.Length + m.Content.Length % 2);

    public byte[] ToArray()
    {
        using MemoryStream bytes = new();
        bytes.Write(Encoding.Latin1.GetBytes(Magic));
        foreach (ArBytesMember member in Members)
        {
            string size = member.SizeField ?? member.Content.Length.ToString(CultureInfo.InvariantCulture);
            string header =
                $"{member.Name,-16}{1_700_000_000,-12}{0,-6}{0,-6}{"100644",-8}{size,-10}{member.HeaderEnd}";
            bytes.Write(Encoding.Latin1.GetBytes(header));
            bytes.Write(member.Content);
            if (member.Content.Length % 2 != 0)
            {
                bytes.WriteByte((byte)'\n');
            }
        }

        return bytes.ToArray();
    }
}
