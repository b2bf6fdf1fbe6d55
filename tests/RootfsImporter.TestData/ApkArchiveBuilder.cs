using System.Text;

namespace RootfsImporter.TestData;

/// <summary>One repository of an <see cref="ApkArchiveBuilder"/>: a suite for one architecture.</summary>
/// <param name="Suite">The directory: <c>v3.20/main</c>.</param>
public sealed record ApkSuite(string Suite)
{
    /// <summary>The directory below it.</summary>
    public string Architecture { get; init; } = "x86_64";

    public string Description { get; init; } = "v3-1-gtest";

    /// <summary>When the index was made, seconds since 1970 UTC.</summary>
    public long Time { get; init; } = 1_710_000_000;

    /// <summary>The packages; those for <c>noarch</c> are in the index of each architecture.</summary>
    public IReadOnlyList<ApkBuilder> Packages { get; init; } = [];

    /// <summary>Further records, after those of the packages, each with its empty line.</summary>
    public string Records { get; init; } = "";

    /// <summary>The kind of signature: <c>RSA</c>, <c>RSA256</c>, <c>RSA512</c>; null: the index is unsigned.</summary>
    public string? SignatureKind { get; init; } = "RSA";

    /// <summary>The path of the index.</summary>
    public string IndexPath => $"{Suite}/{Architecture}/APKINDEX.tar.gz";

    /// <summary>The text of the index.</summary>
    public string Text => string.Concat(Packages.Select(package => package.IndexRecord())) + Records;

    /// <summary>The part of the index that is signed, as compressed.</summary>
    public byte[] Content()
    {
        TarBytes tar = new();
        tar.Add(new TarBytesEntry("DESCRIPTION", '0') { Content = Encoding.UTF8.GetBytes(Description), ModifiedTime = Time });
        tar.Add(new TarBytesEntry("APKINDEX", '0') { Content = Encoding.UTF8.GetBytes(Text), ModifiedTime = Time });
        return SystemCompressor.Compress(tar.ToArray(), ".gz");
    }
}

/// <summary>
/// Makes a complete signed mirror of apk v2: for each suite and architecture the index and the packages. Defects are
/// changes of files after summing and signing.
/// </summary>
/// <param name="key">Signs every index and package.</param>
public sealed class ApkArchiveBuilder(ApkKey key)
{
    private readonly List<ApkSuite> _suites = [];
    private readonly Dictionary<string, Func<byte[], byte[]>> _defects = new(StringComparer.Ordinal);

    public ApkArchiveBuilder Add(ApkSuite suite)
    {
        _suites.Add(suite);
        return this;
    }

    /// <summary>Adds packages of one suite and architecture.</summary>
    public ApkArchiveBuilder Add(string suite, params ApkBuilder[] packages) =>
        Add(new ApkSuite(suite) { Packages = packages });

    /// <summary>Changes what the mirror offers at a path; whoever vouches for it vouches for the original.</summary>
    public ApkArchiveBuilder Spoil(string path, Func<byte[], byte[]> change)
    {
        _defects.Add(path, change);
        return this;
    }

    /// <summary>Offers content of the right size with another byte at its end, inside the last part.</summary>
    public ApkArchiveBuilder FlipByte(string path) => Spoil(path, content =>
    {
        byte[] flipped = [.. content];
        flipped[^20] ^= 0x20;
        return flipped;
    });

    /// <summary>Offers one byte less.</summary>
    public ApkArchiveBuilder CutByte(string path) => Spoil(path, content => content[..^1]);

    /// <summary>All files by path, without a leading slash.</summary>
    public IReadOnlyDictionary<string, byte[]> Build()
    {
        SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
        foreach (ApkSuite suite in _suites)
        {
            foreach (ApkBuilder package in suite.Packages)
            {
                files[$"{suite.Suite}/{suite.Architecture}/{package.FileName}"] = package.Sign(key).Build();
            }

            byte[] content = suite.Content();
            files.Add(
                suite.IndexPath,
                suite.SignatureKind is string kind ? [.. key.SignatureMember(content, kind), .. content] : content);
        }

        foreach ((string path, Func<byte[], byte[]> change) in _defects)
        {
            files[path] = files.TryGetValue(path, out byte[]? content)
                ? change(content)
                : throw new InvalidOperationException($"the mirror has no {path} to spoil");
        }

        return files;
    }

    /// <summary>Writes all files below a directory.</summary>
    public void WriteTo(TempDirectory directory)
    {
        foreach ((string path, byte[] content) in Build())
        {
            directory.Write(path, content);
        }
    }

    /// <summary>Serves all files.</summary>
    public void AddTo(StaticServer server)
    {
        foreach ((string path, byte[] content) in Build())
        {
            server.Add(path, content);
        }
    }
}
