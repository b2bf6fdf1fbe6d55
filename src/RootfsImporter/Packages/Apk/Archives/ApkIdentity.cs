using RootfsImporter.Net;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>
/// What an index promises of an .apk (v2): the SHA-1 of its compressed control member, which holds the SHA-256 of its
/// compressed data member. Both are checked, so every byte that is unpacked is vouched for.
/// </summary>
internal sealed record ApkIdentity : FileIdentity
{
    /// <summary><c>Q1</c> and base64, as in the index.</summary>
    public required string Checksum { get; init; }

    /// <inheritdoc/>
    public override string Text => Checksum;

    /// <inheritdoc/>
    public override string CachePath => throw new NotImplementedException();

    /// <inheritdoc/>
    public override ValueTask<string?> FindFaultAsync(Stream file, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
