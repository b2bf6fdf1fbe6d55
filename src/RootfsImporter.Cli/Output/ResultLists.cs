using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sealing;

namespace RootfsImporter.Cli.Output;

/// <summary>The lists that a build writes beside its image.</summary>
internal static class ResultLists
{
    /// <summary>What sealing did, as JSON; of several architectures an object with a member for each platform.</summary>
    public static string Ledger(BuildResult result)
    {
        if (result.Results is [ImageResult only])
        {
            return Encoding.UTF8.GetString(LedgerWriter.Write(only.Ledger));
        }

        OrderedDictionary<string, Ledger> ledgers = [];
        foreach (ImageResult image in result.Results)
        {
            ledgers.Add(image.Image.Platform.ToString(), image.Ledger);
        }

        return Encoding.UTF8.GetString(LedgerWriter.Write(ledgers));
    }

    /// <summary>
    /// The packages, a line each: name, version and architecture, parted by tabs; of an image on top of another those that
    /// came. Of several architectures the platform of
    /// the image comes first.
    /// </summary>
    public static string Packages(BuildResult result) => string.Concat(result.Results.SelectMany(image =>
    {
        string prefix = result.Results.Count > 1 ? $"{image.Image.Platform}\t" : "";
        return image.Lockfile.Packages.Where(package => !package.IsBuildOnly).Select(
            package => $"{prefix}{package.Name}\t{package.Version}\t{package.Architecture}\n");
    }));
}
