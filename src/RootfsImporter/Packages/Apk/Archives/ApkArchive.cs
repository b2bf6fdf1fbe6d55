using RootfsImporter.Codecs;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// Reads an .apk of format v2 front to back. Malformed input is an <see cref="InvalidDataException"/>. That the file is
/// what the index promised is <see cref="ApkIdentity"/>'s matter.
/// </summary>
internal sealed class ApkArchive : IDisposable
{
    private const long MaxDataBytes = 16L << 30;

    private readonly FileStream _file;
    private readonly long _dataStart;
    private readonly ApkControl _control;

    private ApkArchive(FileStream file, ApkParts parts)
    {
        _file = file;
        _dataStart = parts.DataStart;
        _control = parts.ReadControl();
    }

    /// <summary>Opens a file and reads it up to its data part.</summary>
    public static ApkArchive Open(string file)
    {
        FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024);
        try
        {
            return new ApkArchive(stream, ApkParts.Read(stream));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The control part.</summary>
    public ApkControl ReadControl() => _control;

    /// <summary>
    /// Reads the entries that are installed, in the archive's order. What apk leaves out is left out here, so an installer
    /// need not know: top-level names that begin with a dot (metadata, and the <c>.dummy</c> of an empty package) and files
    /// <c>.keep_*</c>, which only keep a directory. Paths stay inside the root, none but directories come twice, hard links
    /// are to earlier files of the package, and there are no devices; what breaks that is an
    /// <see cref="InvalidDataException"/>.
    /// </summary>
    public IEnumerable<ApkEntry> ReadData()
    {
        _file.Position = _dataStart;
        using GzipMembers members = new(_file);
        using Stream tar = new BoundedStream(
            members.OpenNext() ?? throw new InvalidDataException("it has no data part"), MaxDataBytes);
        ApkTarReader reader = new(tar);
        ApkEntryReader entries = new();
        while (reader.ReadNext() is ApkTarEntry entry)
        {
            if (entries.Read(entry, reader.OpenContent()) is not ApkEntry read)
            {
                continue;
            }

            using Stream content = read.Content;
            yield return read;
        }

        if (members.OpenNext() is not null)
        {
            throw new InvalidDataException("something follows its data part");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
