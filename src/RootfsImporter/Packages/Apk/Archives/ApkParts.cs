using RootfsImporter.Codecs;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// Where the parts of an .apk (v2) lie: gzip members with the signatures, the control part and the data, one after another
/// (apk-tools, doc/apk-v2.5.scd).
/// </summary>
/// <param name="ControlStart">The offset of the control part, which the index vouches for as compressed.</param>
/// <param name="DataStart">The offset of the data part, which the control part vouches for as compressed.</param>
/// <param name="ControlTar">The control part, inflated but not looked at yet.</param>
internal sealed record ApkParts(long ControlStart, long DataStart, ReadOnlyMemory<byte> ControlTar)
{
    private const long MaxControlBytes = 16 << 20;

    /// <summary>
    /// Reads a file up to its data part. It is left at no certain position and stays the caller's. Throws
    /// <see cref="InvalidDataException"/> for what is not a package, malformed or larger than it may be.
    /// </summary>
    public static ApkParts Read(Stream file)
    {
        long start = ApkSignatures.Read(file).SignedStart;
        file.Position = start;
        using GzipMembers members = new(file);
        using Stream control = new BoundedStream(
            members.OpenNext() ?? throw new InvalidDataException("it has no control part"), MaxControlBytes);
        using MemoryStream tar = new();
        control.CopyTo(tar);
        return new ApkParts(start, start + members.Position, tar.GetBuffer().AsMemory(0, (int)tar.Length));
    }

    /// <summary>Parses the control part; throws <see cref="InvalidDataException"/>.</summary>
    public ApkControl ReadControl()
    {
        try
        {
            return ApkControl.Read(new MemoryStream(ControlTar.ToArray()));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"the control part: {e.Message}", e);
        }
    }
}
