using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;

namespace RootfsImporter.IntegrationTests;

/// <summary>The entries of a layer's tar as lines to compare: type, mode, owner, time, content hash or link target.</summary>
internal static class LayerListing
{
    /// <summary>One line per path.</summary>
    public static async Task<SortedDictionary<string, string>> ReadAsync(string tar)
    {
        SortedDictionary<string, string> lines = new(StringComparer.Ordinal);
        await using FileStream file = File.OpenRead(tar);
        await using TarReader reader = new(file);
        while (await reader.GetNextEntryAsync(copyData: false, TestContext.Current.CancellationToken) is { } entry)
        {
            string content = entry.DataStream is null
                ? entry.LinkName
                : Convert.ToHexStringLower(await SHA256.HashDataAsync(entry.DataStream, TestContext.Current.CancellationToken))[..16];
            lines.Add(
                "/" + entry.Name.TrimStart('.', '/').TrimEnd('/'),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{entry.EntryType} {Convert.ToString((int)entry.Mode, 8)} {entry.Uid}:{entry.Gid} "
                        + $"{entry.ModificationTime.ToUnixTimeSeconds()} {content}"));
        }

        return lines;
    }
}
