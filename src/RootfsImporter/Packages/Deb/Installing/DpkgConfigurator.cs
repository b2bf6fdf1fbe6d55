using System.Globalization;
using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Runs the maintainer scripts: every preinst as dpkg would, then <c>dpkg --configure</c>. One command for the
/// sandbox, a shell script inside the root, so that the same step can run in any kind of sandbox.
/// </summary>
internal static class DpkgConfigurator
{
    private const int FileMode = 0x1A4;
    private const int ScriptMode = 0x1ED;

    /// <summary>
    /// Why in this order: preinst scripts come before any configuration, as if all packages were unpacked by one dpkg
    /// run. dpkg shows a preinst its control files in tmp.ci, and debconf takes the owner of a question from there.
    /// base-passwd and base-files give every other script its users, groups, directories and (by a Pre-Depends) its
    /// awk, but depend on packages that need those in turn: they are forced first, as debootstrap does.
    /// </summary>
    private const string Script = """
        #!/bin/sh
        # $1: staging directory, with one directory per package that has a preinst
        set -e
        cd /
        stage=$1
        incoming=/var/lib/dpkg/tmp.ci
        while read -r directory package architecture; do
            rm -rf "$incoming"
            mv "$stage/$directory" "$incoming"
            DPKG_MAINTSCRIPT_PACKAGE=$package DPKG_MAINTSCRIPT_ARCH=$architecture DPKG_MAINTSCRIPT_NAME=preinst \
            DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT= \
                "$incoming/preinst" install </dev/null || {
                    echo "rootfs-importer: preinst of $package failed with exit code $?"
                    exit 1
                }
        done < "$stage/preinsts"
        dpkg --force-depends --configure $(cat "$stage/first") </dev/null
        rm -rf "$incoming" "$stage"
        dpkg --configure --pending </dev/null
        """;

    /// <summary>
    /// Configures all packages. Throws <see cref="SandboxException"/> that names the package and script that failed and
    /// holds the end of their output.
    /// </summary>
    public static async Task RunAsync(
        Rootfs rootfs, Lockfile lockfile, DebGraph graph, ISandbox sandbox,
        CancellationToken cancellationToken)
    {
        WriteStage(rootfs, graph);
        await DpkgRun.RunAsync(
            "configuring the packages", ["/bin/sh", $"{DpkgRun.Stage}/configure", DpkgRun.Stage.ToString()], lockfile,
            sandbox, cancellationToken);
    }

    private static void WriteStage(Rootfs rootfs, DebGraph graph)
    {
        StringBuilder list = new();
        int number = 0;
        foreach (UnpackedDeb package in graph.InDependencyOrder().Where(p => p.Control.Find("preinst") is not null))
        {
            string directory = (++number).ToString("d4", CultureInfo.InvariantCulture);
            DpkgRun.WriteControl(rootfs, package, directory);
            list.Append(directory).Append(' ').Append(package.Control.Package).Append(' ')
                .Append(package.Control.Architecture).Append('\n');
        }

        rootfs.WriteFile(DpkgRun.Stage.Append("preinsts"), Encoding.UTF8.GetBytes(list.ToString()), FileMode);
        string first = string.Join(' ', graph.ConfiguredFirst().Select(p => p.InfoName));
        rootfs.WriteFile(DpkgRun.Stage.Append("first"), Encoding.UTF8.GetBytes(first), FileMode);
        rootfs.WriteFile(DpkgRun.Stage.Append("configure"), Encoding.UTF8.GetBytes(Script), ScriptMode);
    }
}
