using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RootfsImporter.TestData;

/// <summary>
/// One pocket of an <see cref="AptArchiveBuilder"/>: what its Release says and the packages in it.
/// </summary>
/// <param name="Suite">The directory below <c>dists/</c>.</param>
public sealed record AptPocket(string Suite)
{
    /// <summary>The Release's Suite field; null: the directory's name.</summary>
    public string? SuiteField { get; init; }

    /// <summary>The Release's Codename field; null: the directory's name.</summary>
    public string? Codename { get; init; }

    public DateTimeOffset Date { get; init; } = new(2024, 4, 25, 15, 10, 33, TimeSpan.Zero);

    public DateTimeOffset? ValidUntil { get; init; }

    public string Component { get; init; } = "main";

    public IReadOnlyList<string> Architectures { get; init; } = ["amd64"];

    /// <summary>The packages; one for <c>all</c> is in the index of each architecture.</summary>
    public IReadOnlyList<DebBuilder> Packages { get; init; } = [];

    /// <summary>The endings under which the index exists.</summary>
    public IReadOnlyList<string> IndexCompressions { get; init; } = ["", ".gz", ".xz"];

    /// <summary>Whether indexes are under <c>by-hash/SHA256/</c> too and the Release says so.</summary>
    public bool HasByHash { get; init; } = true;

    /// <summary>Whether there is an InRelease; Release and Release.gpg are always there.</summary>
    public bool HasInRelease { get; init; } = true;

    /// <summary>Changes the text of the Release before it is signed.</summary>
    public Func<string, string> ChangeRelease { get; init; } = release => release;
}

/// <summary>
/// Makes a complete signed archive: for each pocket InRelease, Release and Release.gpg, the Packages indexes,
/// also by hash, and the packages in <c>pool/</c>. Defects are changes of files after hashing and signing.
/// </summary>
/// <param name="key">Signs every pocket.</param>
public sealed class AptArchiveBuilder(OpenPgpKey key)
{
    private readonly List<AptPocket> _pockets = [];
    private readonly Dictionary<string, Func<byte[], byte[]>> _defects = new(StringComparer.Ordinal);

    public AptArchiveBuilder Add(AptPocket pocket)
    {
        _pockets.Add(pocket);
        return this;
    }

    /// <summary>
    /// Changes what the archive offers at a path; whoever vouches for it vouches for the original.
    /// </summary>
    public AptArchiveBuilder Spoil(string path, Func<byte[], byte[]> change)
    {
        _defects.Add(path, change);
        return this;
    }

    /// <summary>Offers content of the right size with the wrong hash.</summary>
    public AptArchiveBuilder FlipByte(string path) => Spoil(path, content =>
    {
        byte[] flipped = [.. content];
        flipped[flipped.Length / 2] ^= 0x20;
        return flipped;
    });

    /// <summary>Offers one byte less.</summary>
    public AptArchiveBuilder CutByte(string path) => Spoil(path, content => content[..^1]);

    /// <summary>All files by path, without a leading slash.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> BuildAsync(CancellationToken cancellationToken)
    {
        SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
        foreach (AptPocket pocket in _pockets)
        {
            await AddPocketAsync(files, pocket, cancellationToken);
        }

        foreach ((string path, Func<byte[], byte[]> change) in _defects)
        {
            files[path] = files.TryGetValue(path, out byte[]? content)
                ? change(content)
                : throw new InvalidOperationException($"the archive has no {path} to spoil");
        }

        return files;
    }

    /// <summary>Writes all files below a directory.</summary>
    public async Task WriteToAsync(TempDirectory directory, CancellationToken cancellationToken)
    {
        foreach ((string path, byte[] content) in await BuildAsync(cancellationToken))
        {
            directory.Write(path, content);
        }
    }

    /// <summary>Serves all files.</summary>
    public async Task AddToAsync(StaticServer server, CancellationToken cancellationToken)
    {
        foreach ((string path, byte[] content) in await BuildAsync(cancellationToken))
        {
            server.Add(path, content);
        }
    }

    private async Task AddPocketAsync(
        SortedDictionary<string, byte[]> files, AptPocket pocket, CancellationToken cancellationToken)
    {
        string top = $"dists/{pocket.Suite}/";
        SortedDictionary<string, byte[]> indexes = IndexesOf(files, pocket);
        foreach ((string name, byte[] content) in indexes.Where(i => pocket.IndexCompressions.Contains(Path.GetExtension(i.Key))))
        {
            files.Add(top + name, content);
            if (pocket.HasByHash)
            {
                string directory = name[..name.LastIndexOf('/')];
                files[$"{top}{directory}/by-hash/SHA256/{Convert.ToHexStringLower(SHA256.HashData(content))}"] =
                    content;
            }
        }

        string release = pocket.ChangeRelease(ReleaseOf(pocket, indexes));
        files.Add(top + "Release", Encoding.UTF8.GetBytes(release));
        files.Add(top + "Release.gpg", await key.DetachSignAsync(release, cancellationToken));
        if (pocket.HasInRelease)
        {
            files.Add(top + "InRelease", await key.ClearSignAsync(release, cancellationToken));
        }
    }

    /// <summary>
    /// The indexes; the uncompressed one is in every Release, as archives have it, but need not exist.
    /// </summary>
    private static SortedDictionary<string, byte[]> IndexesOf(
        SortedDictionary<string, byte[]> files, AptPocket pocket)
    {
        SortedDictionary<string, byte[]> indexes = new(StringComparer.Ordinal);
        foreach (string architecture in pocket.Architectures)
        {
            byte[] packages = Encoding.UTF8.GetBytes(PackagesOf(files, pocket, architecture));
            foreach (string extension in (IEnumerable<string>)["", .. pocket.IndexCompressions.Where(e => e.Length > 0)])
            {
                indexes.Add(
                    $"{pocket.Component}/binary-{architecture}/Packages{extension}",
                    SystemCompressor.Compress(packages, extension));
            }
        }

        return indexes;
    }

    private static string PackagesOf(
        SortedDictionary<string, byte[]> files, AptPocket pocket, string architecture)
    {
        StringBuilder text = new();
        foreach (DebBuilder package in pocket.Packages.Where(p => p.Architecture == architecture || p.Architecture == "all"))
        {
            byte[] file = package.Build();
            files[package.PoolPath] = file;
            text.Append(package.IndexParagraph(file)).Append('\n');
        }

        return text.ToString();
    }

    private static string ReleaseOf(AptPocket pocket, SortedDictionary<string, byte[]> indexes)
    {
        StringBuilder text = new();
        text.Append("Origin: Test\nLabel: Test\n");
        text.Append("Suite: ").Append(pocket.SuiteField ?? pocket.Suite).Append('\n');
        text.Append("Codename: ").Append(pocket.Codename ?? pocket.Suite).Append('\n');
        text.Append("Date: ").Append(Rfc2822(pocket.Date)).Append('\n');
        if (pocket.ValidUntil is DateTimeOffset validUntil)
        {
            text.Append("Valid-Until: ").Append(Rfc2822(validUntil)).Append('\n');
        }

        text.Append("Acquire-By-Hash: ").Append(pocket.HasByHash ? "yes" : "no").Append('\n');
        text.Append("Architectures: ").AppendJoin(' ', pocket.Architectures).Append('\n');
        text.Append("Components: ").Append(pocket.Component).Append('\n');
        text.Append("SHA256:\n");
        foreach ((string name, byte[] content) in indexes)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(content));
            text.Append(CultureInfo.InvariantCulture, $" {hash} {content.Length,8} {name}\n");
        }

        return text.ToString();
    }

    private static string Rfc2822(DateTimeOffset time) =>
        time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
