using System.Text;

namespace RootfsImporter.Sealing;

/// <summary>Files of lines whose fields are parted by colons: passwd(5), group(5), shadow(5).</summary>
internal static class ColonLines
{
    /// <summary>
    /// The content with each line's fields changed in place. Bytes are kept as they are where nothing changes them, whatever
    /// their encoding.
    /// </summary>
    public static ReadOnlyMemory<byte> Map(ReadOnlyMemory<byte> content, Action<string[]> change)
    {
        string[] lines = Encoding.Latin1.GetString(content.Span).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(':');
            change(fields);
            lines[i] = string.Join(':', fields);
        }

        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }
}
