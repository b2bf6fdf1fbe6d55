using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Writes apt's extended_states: which packages are there only because another needs them, so that
/// <c>apt-get autoremove</c> in the image knows. As apt has it after a bootstrap: what Essential packages need counts
/// as wanted.
/// </summary>
internal static class AptStates
{
    private const int FileMode = 0x1A4;
    private const int MaxBytes = 64 << 20;
    private const string PackageField = "Package:";

    private static readonly RootPath States = RootPath.Parse("var/lib/apt/extended_states");

    /// <summary>Writes the file, if apt is installed and there is anything to say.</summary>
    public static void Write(Rootfs rootfs, Architecture architecture, DebGraph graph)
    {
        IReadOnlySet<string> essential = graph.EssentialClosure();
        StringBuilder text = new();
        foreach (UnpackedDeb package in graph.Packages)
        {
            if (!package.Package.Package.IsRequested && !essential.Contains(package.Control.Package))
            {
                text.Append(Stanza(package.Control.Package, architecture));
            }
        }

        if (text.Length > 0 && rootfs.IsDirectory(States.Parent))
        {
            rootfs.WriteFile(States, Encoding.UTF8.GetBytes(text.ToString()), FileMode);
        }
    }

    /// <summary>
    /// Brings the file of a system up to date: adds packages that a dependency brought, and takes out others, because they
    /// are gone or somebody asked for them.
    /// </summary>
    public static void Update(
        Rootfs rootfs, Architecture architecture, IReadOnlyList<string> automatic, IReadOnlyList<string> others)
    {
        if (!rootfs.IsDirectory(States.Parent))
        {
            return;
        }

        string before = Encoding.UTF8.GetString(rootfs.TryReadFile(States, MaxBytes) ?? []);
        HashSet<string> dropped = [.. others, .. automatic];
        StringBuilder text = new();
        foreach (string stanza in before.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (!dropped.Contains(NameIn(stanza)))
            {
                text.Append(stanza.Trim('\n')).Append("\n\n");
            }
        }

        foreach (string name in automatic)
        {
            text.Append(Stanza(name, architecture));
        }

        if (text.ToString() != before)
        {
            rootfs.WriteFile(States, Encoding.UTF8.GetBytes(text.ToString()), FileMode);
        }
    }

    private static string NameIn(string stanza) => stanza.Split('\n')
        .FirstOrDefault(line => line.StartsWith(PackageField, StringComparison.Ordinal))?[PackageField.Length..].Trim() ?? "";

    // apt records packages for all architectures under the native one.
    private static string Stanza(string name, Architecture architecture) =>
        $"{PackageField} {name}\nArchitecture: {architecture.Deb}\nAuto-Installed: 1\n\n";
}
