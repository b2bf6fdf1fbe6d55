using System.Security.Cryptography;

namespace RootfsImporter.Net;

/// <summary>
/// How a file is known to be the wanted one: the size and checksum that a signed index gives. Package systems differ in
/// what they sum, so a family may derive its own.
/// </summary>
public abstract record FileIdentity
{
    /// <summary>The file's size, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The checksum as people see it in the index and in messages: <c>sha256:...</c>, <c>Q1...</c>.</summary>
    public abstract string Text { get; }

    /// <summary>
    /// Where the cache keeps the file, below its root: <c>sha256/ab/abcdef...</c>. Different for different identities;
    /// the last component alone is, too.
    /// </summary>
    public abstract string CachePath { get; }

    /// <summary>
    /// What is wrong with a complete file of the right size, as the phrase <c>found sha256:...</c>; null when it is the
    /// wanted one. Reads the stream from its start; the caller owns it.
    /// </summary>
    public abstract ValueTask<string?> FindFaultAsync(Stream file, CancellationToken cancellationToken);

    /// <summary>The SHA-256 of the whole file.</summary>
    public sealed record Sha256 : FileIdentity
    {
        /// <summary>What the file must hash to.</summary>
        public required Digest Digest { get; init; }

        /// <inheritdoc/>
        public override string Text => Digest.ToString();

        /// <inheritdoc/>
        public override string CachePath => Path.Combine("sha256", Digest.Hex[..2], Digest.Hex);

        /// <inheritdoc/>
        public override async ValueTask<string?> FindFaultAsync(Stream file, CancellationToken cancellationToken)
        {
            Digest found = Digest.FromBytes(await SHA256.HashDataAsync(file, cancellationToken));
            return found == Digest ? null : $"found {found}";
        }
    }
}
