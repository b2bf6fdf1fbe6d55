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
                // apt records packages for all architectures under the native one.
                text.Append("Package: ").Append(package.Control.Package)
                    .Append("\nArchitecture: ").Append(architecture.Deb)
                    .Append("\nAuto-Installed: 1\n\n");
            }
        }

        if (text.Length > 0 && rootfs.IsDirectory(States.Parent))
        {
            rootfs.WriteFile(States, Encoding.UTF8.GetBytes(text.ToString()), 0x1A4);
        }
    }
}
