using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Database;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// Removes packages as <c>apk del --purge</c> does (apk-tools, src/database.c, apk_db_install_pkg), by the database as the
/// root has it now: also such as were only just added.
/// </summary>
/// <param name="rootfs">The root.</param>
/// <param name="first">What was there before anything was added; null: nothing.</param>
/// <param name="events">Where warnings go.</param>
internal sealed class ApkRemover(Rootfs rootfs, InstalledApks? first, IProgress<BuildEvent> events)
{
    /// <summary>
    /// Removes the packages, and with them what only they needed. Throws <see cref="SandboxException"/> for one that is not
    /// there or that others need, before anything is changed, and when a script fails.
    /// </summary>
    /// <param name="names">Names of packages.</param>
    /// <param name="sandbox">Where scripts run; null: none does.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task RemoveAsync(IReadOnlyList<string> names, ISandbox? sandbox, CancellationToken cancellationToken)
    {
        InstalledApks installed = ApkDatabaseReader.Read(rootfs) ?? throw new SandboxException(
            $"removing {names[0]}: there is no database of installed packages", "leave it out of what is to be removed");
        ApkRemoval removal = ApkRemoval.Plan(installed, names,
            first is null ? new HashSet<string>() : ApkRemoval.Unneeded(first));
        ApkPlacer placer = new(rootfs);
        foreach (InstalledApk package in installed.Apks)
        {
            placer.Know(package);
        }

        if (sandbox is null)
        {
            RemoveOnly(removal, placer, cancellationToken);
        }
        else
        {
            await RemoveAsync(installed, removal, placer, sandbox, cancellationToken);
        }

        ApkDatabase.Write(rootfs, new ApkDatabaseContent
        {
            Installed = installed,
            Gone = removal.Packages.Select(package => package.Name).ToHashSet(),
            World = removal.World,
        });
    }

    private async Task RemoveAsync(
        InstalledApks installed, ApkRemoval removal, ApkPlacer placer, ISandbox sandbox, CancellationToken cancellationToken)
    {
        await using ApkScripts scripts = new(rootfs, sandbox);
        foreach (InstalledApk package in removal.Packages)
        {
            await scripts.RunAsync(package, "pre-deinstall", [package.Version], cancellationToken);
            placer.Purge(package, isUpgrade: false);
            await scripts.RunAsync(package, "post-deinstall", [package.Version], cancellationToken);
        }

        foreach (IRootApk package in ApkOrder.Of(
            removal.World,
            [.. installed.Apks.Except(removal.Packages).OrderBy(package => package.Name, StringComparer.Ordinal)]))
        {
            IReadOnlyList<string> directories = ApkTriggers.Arguments(
                package, placer.Directories.Changed, _ => true);
            if (directories.Count > 0)
            {
                await scripts.RunAsync(package, "trigger", directories, cancellationToken);
            }
        }
    }

    private void RemoveOnly(ApkRemoval removal, ApkPlacer placer, CancellationToken cancellationToken)
    {
        foreach (InstalledApk package in removal.Packages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AppletLinks.Remove(rootfs, package);
            placer.Purge(package, isUpgrade: false);
        }

        string[] missed =
        [
            .. removal.Packages.Where(package => package.Script("pre-deinstall") is not null
                    || package.Script("post-deinstall") is not null)
                .Select(package => package.Name).Order(StringComparer.Ordinal),
        ];
        if (missed.Length > 0)
        {
            events.Report(new BuildEvent.Warning(
                $"the profile runs no package scripts, so what those of {string.Join(", ", missed)} would have undone is "
                    + "still in the image"));
        }
    }
}
