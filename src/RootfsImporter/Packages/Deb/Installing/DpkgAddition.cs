using System.Globalization;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Brings the packages that come on top of a system to their end: preinst scripts of those that are unpacked, dpkg's own
/// unpacking of the others, each after what it depends on, then one <c>dpkg --configure --pending</c> with all triggers.
/// </summary>
internal static class DpkgAddition
{
    private const int FileMode = 0x1A4;
    private const int ScriptMode = 0x1ED;

    /// <summary>
    /// What dpkg is told: dependencies, conflicts and breaks hold in the end, as the resolver saw to, but need not do so in
    /// between, where apt would find an order; a changed setting of the system is kept, since nobody is there to be asked.
    /// </summary>
    private const string Script = """
        #!/bin/sh
        # $1: staging directory; each line of its file "steps" is
        #   preinst DIRECTORY PACKAGE ARCHITECTURE   or   unpack FILE...
        set -e
        cd "$1/debs"
        stage=$1
        incoming=/var/lib/dpkg/tmp.ci
        while read -r step words; do
            rm -rf "$incoming"
            set -- $words
            if [ "$step" = unpack ]; then
                dpkg --force-unsafe-io --force-confdef --force-confold --force-depends --force-breaks --force-conflicts \
                    --auto-deconfigure --no-triggers --unpack "$@" </dev/null
                rm -f "$@"
                continue
            fi
            mv "$stage/$1" "$incoming"
            (
                cd /
                DPKG_MAINTSCRIPT_PACKAGE=$2 DPKG_MAINTSCRIPT_ARCH=$3 DPKG_MAINTSCRIPT_NAME=preinst \
                DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT= \
                    "$incoming/preinst" install </dev/null
            ) || {
                echo "rootfs-importer: preinst of $2 failed with exit code $?"
                exit 1
            }
        done < "$stage/steps"
        cd /
        rm -rf "$incoming" "$stage"
        dpkg --force-unsafe-io --force-confdef --force-confold --configure --pending </dev/null
        """;

    /// <summary>
    /// Runs all of it. Throws <see cref="SandboxException"/> that names the package that failed and holds the end of the
    /// output.
    /// </summary>
    public static async Task RunAsync(
        Rootfs rootfs, Lockfile lockfile, DebGraph graph, ISandbox sandbox, CancellationToken cancellationToken)
    {
        StringBuilder steps = new();
        bool isUnpacking = false;
        int number = 0;
        foreach (UnpackedDeb package in graph.InDependencyOrder())
        {
            if (package.IsForDpkg)
            {
                string name = package.Control.Package + ".deb";
                Copy(rootfs, package.Package.File, DpkgRun.Stage.Append($"debs/{name}"));
                steps.Append(isUnpacking ? " " : "unpack ").Append(name);
                isUnpacking = true;
            }
            else if (package.Control.Find("preinst") is not null)
            {
                string directory = (++number).ToString("d4", CultureInfo.InvariantCulture);
                DpkgRun.WriteControl(rootfs, package, directory);
                steps.Append(isUnpacking ? "\n" : "").Append("preinst ").Append(directory).Append(' ')
                    .Append(package.Control.Package).Append(' ').Append(package.Control.Architecture).Append('\n');
                isUnpacking = false;
            }
        }

        steps.Append(isUnpacking ? "\n" : "");
        rootfs.WriteFile(DpkgRun.Stage.Append("debs/.here"), [], FileMode);
        rootfs.WriteFile(DpkgRun.Stage.Append("steps"), Encoding.UTF8.GetBytes(steps.ToString()), FileMode);
        rootfs.WriteFile(DpkgRun.Stage.Append("install"), Encoding.UTF8.GetBytes(Script), ScriptMode);
        await DpkgRun.RunAsync(
            "installing the packages", ["/bin/sh", $"{DpkgRun.Stage}/install", DpkgRun.Stage.ToString()], lockfile, sandbox,
            cancellationToken);
    }

    private static void Copy(Rootfs rootfs, string file, RootPath to)
    {
        using FileStream content = File.OpenRead(file);
        rootfs.TryCreateFile(new TreeEntry { Path = to, Kind = EntryKind.File, Mode = FileMode }, content);
    }
}
