using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using RootfsImporter.Files;

namespace RootfsImporter.Sealing;

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
    public static byte[] Write(Ledger ledger) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(ledger, Json.Ledger), (byte)'\n'];

    /// <summary>Several ledgers as one document, a member each, in the order of the map.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, Ledger> ledgers) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(ledgers, Json.IReadOnlyDictionaryStringLedger), (byte)'\n'];
}

[JsonSerializable(typeof(Ledger))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, Ledger>))]
internal sealed partial class LedgerJson : JsonSerializerContext;
