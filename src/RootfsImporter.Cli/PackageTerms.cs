using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Resolving;
using RootfsImporter.Profiles;

namespace RootfsImporter.Cli;

/// <summary>Looks at packages of the command line before anything is fetched for them.</summary>
internal static class PackageTerms
{
    /// <summary>Throws <see cref="ProfileException"/> for what cannot be a package.</summary>
    public static void Check(
        string family, Architecture architecture, IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        if (family == "apk")
        {
            CheckApk(include, exclude);
            return;
        }

        foreach (string term in include)
        {
            DebRequest.ParseTerm(term, architecture.Deb);
        }

        foreach (string name in exclude)
        {
            RelationGroup group = DebRequest.ParseTerm(name, architecture.Deb);
            if (group.Alternatives is not [{ Name: string only }] || only != name)
            {
                throw new ProfileException(
                    $"'{name}' cannot be excluded: it is not just a name", "exclude a package by its name: --exclude curl");
            }
        }
    }

    private static void CheckApk(IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        foreach (string term in include)
        {
            if (!PackageGrammar.TryTerm(term, "apk", out string? expected, out string? hint))
            {
                throw new ProfileException($"'{term}' is no package term", hint ?? $"expected {expected}");
            }
        }

        if (exclude.FirstOrDefault(name => !PackageGrammar.IsName(name, "apk")) is string wrong)
        {
            throw new ProfileException(
                $"'{wrong}' cannot be excluded: it is not just a name", "exclude a package by its name: --exclude curl");
        }
    }
}
