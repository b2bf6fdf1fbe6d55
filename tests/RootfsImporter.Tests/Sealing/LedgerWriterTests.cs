using System.Text;
using System.Text.Json;
using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Tests.Sealing;

public sealed class LedgerWriterTests
{
    private static readonly IReadOnlyList<SealRule> Rules =
    [
        new SealRule.Remove(["a"]) { Name = "one", Why = "it's a + 'test'" },
        new SealRule.Remove(["b"]) { Name = "one", Why = "again" },
    ];

    [Fact]
    public void The_document_says_what_each_rule_did_and_why()
    {
        string json = Encoding.UTF8.GetString(LedgerWriter.Write(new SealFixture().File("a").File("b/c").Seal(Rules).Ledger));

        Assert.StartsWith(
            """
            {
              "sourceDateEpoch": 1700000000,
              "rules": [
                {
                  "name": "one",
                  "why": "it's a + 'test'"
                },
                {
                  "name": "machine-id",
            """,
            json,
            StringComparison.Ordinal);
        Assert.EndsWith("\n}\n", json, StringComparison.Ordinal);
        Assert.Contains(
            """
              "entries": [
                {
                  "rule": "one",
                  "action": "removed",
                  "path": "/a"
                },
                {
                  "rule": "one",
                  "action": "removed",
                  "path": "/b",
                  "detail": "with 1 below it"
                },
                {
                  "rule": "times",
            """,
            json,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seal_gives_the_same_bytes() => Assert.Equal(
        LedgerWriter.Write(SealRulesTests.Everything().Seal().Ledger),
        LedgerWriter.Write(SealRulesTests.Everything().Seal().Ledger));

    [Fact]
    public void Every_ledger_entry_names_a_listed_rule_and_no_rule_is_listed_twice()
    {
        SealedRootfs sealedRootfs = SealRulesTests.Everything().Seal();
        using JsonDocument document = JsonDocument.Parse(LedgerWriter.Write(sealedRootfs.Ledger));

        string[] names =
            [.. document.RootElement.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("name").GetString()!)];
        Assert.Equal(names.Distinct(), names);
        Assert.Empty(sealedRootfs.Ledger.Entries.Select(entry => entry.Rule).Except(names));
    }
}
