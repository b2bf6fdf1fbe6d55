using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Repositories;

/// <summary>Reads the records of a verified index.</summary>
internal static class ApkIndexParser
{
    private const int MaxPackages = 1_000_000;

    /// <summary>
    /// The packages in the order of the index. Throws <see cref="PackageFormatException"/> for what is malformed or larger
    /// than it may be; an unknown upper-case field makes that one package uninstallable.
    /// </summary>
    public static IReadOnlyList<ApkPackage> Parse(ApkIndex index)
    {
        try
        {
            using ApkIndexFile file = ApkIndexFile.Open(index.File);
            IReadOnlyList<ApkPackage> packages = Parse(file.Text, index);
            file.ReadToEnd();
            return packages;
        }
        catch (InvalidDataException e)
        {
            throw new PackageFormatException(
                $"reading the package index of {index.Repository.Pocket.Suite}: {e.Message}",
                "its signature is right, so the repository itself is broken; try another mirror or a later day", e);
        }
    }

    private static List<ApkPackage> Parse(Stream text, ApkIndex index)
    {
        string architecture = index.Architecture.Apk ?? index.Architecture.Deb;
        ApkRecordReader reader = new(text);
        ApkPackageFields fields = new();
        List<ApkPackage> packages = [];
        while (!reader.IsAtEnd)
        {
            fields.Clear();
            while (reader.ReadField(out char letter, out ReadOnlySpan<byte> value))
            {
                fields.Take(letter, value, reader.Line);
            }

            if (fields.IsEmpty)
            {
                continue;
            }

            if (packages.Count == MaxPackages)
            {
                throw new InvalidDataException($"there are more than {MaxPackages} packages");
            }

            packages.Add(fields.ToPackage(index.Repository, architecture));
        }

        return packages;
    }
}
