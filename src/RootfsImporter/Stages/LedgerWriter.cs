using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RootfsImporter.Files;

namespace RootfsImporter.Stages;

/// <summary>
/// Writes the ledger of a seal as JSON: the same bytes for the same seal. A removed directory is one entry with the number
/// of what went with it, and the times of all entries are one entry with counts: a list of thousands tells less.
/// </summary>
public static class LedgerWriter
{
    // The relaxed encoder leaves quotes and plus signs readable: the file is for people and never inside HTML.
    private static readonly LedgerJson Json = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    });

    /// <summary>The document as UTF-8, indented, with a newline at its end.</summary>
    /// <param name="sealedRootfs">The result of the seal.</param>
    /// <param name="rules">The rules that were given to the seal; the common ones are added.</param>
    public static byte[] Write(SealedRootfs sealedRootfs, IReadOnlyList<SealRule> rules)
    {
        LedgerDocument document = new(
            sealedRootfs.SourceDateEpoch,
            [.. Sealer.AllRules(rules).Select(rule => new LedgerRule(rule.Name, rule.Why)).DistinctBy(rule => rule.Name)],
            sealedRootfs.Ledger);
        return [.. JsonSerializer.SerializeToUtf8Bytes(document, Json.LedgerDocument), (byte)'\n'];
    }
}

/// <summary>The ledger file.</summary>
/// <param name="SourceDateEpoch">Seconds since 1970 UTC.</param>
/// <param name="Rules">Every rule that was applied, whether it found something or not, in order.</param>
/// <param name="Entries">What they did, in order.</param>
internal sealed record LedgerDocument(
    long SourceDateEpoch, IReadOnlyList<LedgerRule> Rules, IReadOnlyList<LedgerEntry> Entries);

/// <summary>A rule's name and why it exists.</summary>
internal sealed record LedgerRule(string Name, string Why);

[JsonSerializable(typeof(LedgerDocument))]
internal sealed partial class LedgerJson : JsonSerializerContext;
