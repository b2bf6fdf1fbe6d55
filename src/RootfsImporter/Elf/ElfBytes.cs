using System.Text;

namespace RootfsImporter.Elf;

/// <summary>Reads pieces of a file by their offset. Every offset and length is checked against the file's end.</summary>
internal sealed class ElfBytes(Stream file)
{
    private const int StringStep = 256;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly ulong _length = (ulong)file.Length;

    /// <summary>The first bytes, fewer when the file is shorter.</summary>
    public byte[] ReadStart(int count) => Read(0, (int)Math.Min(_length, (ulong)count), "the file");

    /// <summary>
    /// Bytes at an offset. Throws <see cref="InvalidDataException"/> that names <paramref name="what"/> when the file
    /// ends before.
    /// </summary>
    public byte[] Read(ulong offset, int count, string what)
    {
        if (offset > _length || (ulong)count > _length - offset)
        {
            throw new InvalidDataException($"{what} at {offset} leads out of the file, which has {_length} bytes");
        }

        byte[] bytes = new byte[count];
        file.Position = (long)offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>
    /// Text up to a NUL that lies less than <paramref name="limit"/> bytes after an offset; throws
    /// <see cref="InvalidDataException"/> when none does, and for text that is not UTF-8.
    /// </summary>
    public string ReadString(ulong offset, int limit, string what)
    {
        List<byte> text = [];
        while (true)
        {
            ulong left = offset > _length ? 0 : _length - offset;
            int count = (int)Math.Min(left, (ulong)Math.Min(StringStep, limit - text.Count));
            if (count <= 0)
            {
                throw new InvalidDataException($"{what} has no end");
            }

            byte[] step = Read(offset, count, what);
            int end = step.AsSpan().IndexOf((byte)0);
            text.AddRange(step.AsSpan(0, end < 0 ? count : end));
            if (end >= 0)
            {
                return Decode([.. text], what);
            }

            offset += (ulong)count;
        }
    }

    private static string Decode(byte[] text, string what)
    {
        try
        {
            return Utf8.GetString(text);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{what} is not UTF-8", exception);
        }
    }
}
