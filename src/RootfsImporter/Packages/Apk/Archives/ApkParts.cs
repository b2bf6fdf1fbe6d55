using RootfsImporter.Codecs;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// Where the parts of an .apk (v2) lie: gzip members with the signatures, the control part and the data, one after another
/// (apk-tools, doc/apk-v2.5.scd).
/// </summary>
internal sealed record ApkParts
{
    private const long MaxControlBytes = 16 << 20;

    /// <summary>The offset of the control part, which the signatures and the index vouch for, as compressed.</summary>
    public required long ControlStart { get; init; }

    /// <summary>The offset of the data part, which the control part vouches for, as compressed.</summary>
    public required long DataStart { get; init; }

    /// <summary>The control part.</summary>
    public required ApkControl Control { get; init; }

    /// <summary>
    /// Reads a file up to its data part. It is left at no certain position and stays the caller's. Throws
    /// <see cref="InvalidDataException"/> for what is not a package, malformed or larger than it may be.
    /// </summary>
    public static ApkParts Read(Stream file)
    {
        long controlStart = ApkSignatures.Read(file).SignedStart;
        file.Position = controlStart;
        using GzipMembers members = new(file);
        using Stream control = new BoundedStream(
            members.OpenNext() ?? throw new InvalidDataException("it has no control part"), MaxControlBytes);
        ApkControl parsed;
        try
        {
            parsed = ApkControl.Read(control);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"its control part: {e.Message}", e);
        }

        return new ApkParts
        {
            ControlStart = controlStart,
            DataStart = controlStart + members.Position,
            Control = parsed,
        };
    }
}
