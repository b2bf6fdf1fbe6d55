using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RootfsImporter.Files;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>
/// Runs the maintainer scripts: every preinst as dpkg would, then <c>dpkg --configure</c>. One command for the
/// sandbox, a shell script inside the root, so that the same step can run in any kind of sandbox.
/// </summary>
internal static partial class DpkgConfigurator
{
    private const int ScriptMode = 0x1ED;
    private static readonly RootPath Stage = RootPath.Parse("var/lib/dpkg/rootfs-importer");

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
        SandboxResult result = await sandbox.RunAsync(
            new SandboxCommand
            {
                Arguments = ["/bin/sh", $"{Stage}/configure", Stage.ToString()],
                Environment = Environment(lockfile),
            },
            cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new SandboxException(
                $"configuring the packages: {Diagnose(result)}\n{result.Output.TrimEnd()}",
                "the lines above are the script's own; exclude or pin the package, or look at its script");
        }
    }

    private static void WriteStage(Rootfs rootfs, DebGraph graph)
    {
        StringBuilder list = new();
        int number = 0;
        foreach (UnpackedDeb package in graph.InDependencyOrder().Where(p => p.Control.Find("preinst") is not null))
        {
            string directory = (++number).ToString("d4", CultureInfo.InvariantCulture);
            foreach (DebControlMember member in package.Control.Members)
            {
                rootfs.WriteFile(Stage.Append($"{directory}/{member.Name}"), member.Content.Span, member.Mode);
            }

            list.Append(directory).Append(' ').Append(package.Control.Package).Append(' ')
                .Append(package.Control.Architecture).Append('\n');
        }

        rootfs.WriteFile(Stage.Append("preinsts"), Encoding.UTF8.GetBytes(list.ToString()), 0x1A4);
        string first = string.Join(' ', graph.ConfiguredFirst().Select(p => p.InfoName));
        rootfs.WriteFile(Stage.Append("first"), Encoding.UTF8.GetBytes(first), 0x1A4);
        rootfs.WriteFile(Stage.Append("configure"), Encoding.UTF8.GetBytes(Script), ScriptMode);
    }

    private static Dictionary<string, string> Environment(Lockfile lockfile) => new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/root",
        ["LC_ALL"] = "C.UTF-8",
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["DEBCONF_NONINTERACTIVE_SEEN"] = "true",

        // passwd's tools date their changes in /etc/shadow by it.
        ["SOURCE_DATE_EPOCH"] = lockfile.SourceDateEpoch.ToString(CultureInfo.InvariantCulture),
    };

    private static string Diagnose(SandboxResult result)
    {
        Match preinst = FailedPreinst().Match(result.Output);
        if (preinst.Success)
        {
            return $"the preinst script of {preinst.Groups[1].Value} failed with exit code {preinst.Groups[2].Value}";
        }

        Match configure = FailedConfigure().Match(result.Output);
        return configure.Success
            ? $"{configure.Groups[1].Value}: {configure.Groups[2].Value.Trim()}"
            : $"the command ended with exit code {result.ExitCode}";
    }

    [GeneratedRegex(@"^rootfs-importer: preinst of (\S+) failed with exit code (\d+)", RegexOptions.Multiline)]
    private static partial Regex FailedPreinst();

    [GeneratedRegex(@"^dpkg: error processing package (\S+) \(--configure\):\n(.+)$", RegexOptions.Multiline)]
    private static partial Regex FailedConfigure();
}
