using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Resolving;

namespace RootfsImporter.Cli;

/// <summary>Looks at packages of the command line before anything is fetched for them.</summary>
internal static class PackageTerms
{
    /// <summary>Throws <see cref="ProfileException"/> for what cannot be a package.</summary>
    public static void Check(
        string family, Architecture architecture, IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        if (family != "deb")
        {
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
}
