using RootfsImporter.Files;
using RootfsImporter.Packages.Deb.Database;
using RootfsImporter.Packages.Deb.Repositories;
using RootfsImporter.Sandbox;

namespace RootfsImporter.Packages.Deb.Installing;

/// <summary>Removes packages with their settings (<c>dpkg --purge</c>), all in one command, so that they may need one another.</summary>
internal static class DpkgRemoval
{
    private const int MaxStatusBytes = 128 << 20;

    private static readonly RootPath Status = RootPath.Parse("var/lib/dpkg/status");
    private static readonly RootPath Dpkg = RootPath.Parse("usr/bin/dpkg");

    /// <summary>
    /// Removes the packages; none runs nothing. Throws <see cref="ProfileException"/> for a name that is not installed or
    /// must stay, and <see cref="SandboxException"/> that names the package that another one needs or whose script failed.
    /// </summary>
    public static async Task RunAsync(
        Rootfs rootfs, Lockfile lockfile, IReadOnlyList<string> names, ISandbox sandbox,
        CancellationToken cancellationToken)
    {
        if (names.Count == 0)
        {
            return;
        }

        Check(Read(rootfs), names);
        if (rootfs.TryGetKind(Dpkg) is null)
        {
            throw new SandboxException(
                $"removing {string.Join(", ", names)}: there is no {Dpkg} in the image", "remove the files instead");
        }

        await DpkgRun.RunAsync(
            "removing the packages", [Dpkg.ToString(), "--force-unsafe-io", "--purge", .. names.Distinct()], lockfile,
            sandbox, cancellationToken);
        AptStates.Update(rootfs, lockfile.Architecture, automatic: [], others: names);
    }

    private static IReadOnlyList<DpkgStatusEntry> Read(Rootfs rootfs)
    {
        try
        {
            return DpkgStatus.Parse(rootfs.TryReadFile(Status, MaxStatusBytes) ?? []);
        }
        catch (InvalidDataException exception)
        {
            throw new PackageFormatException(
                $"reading {Status}: {exception.Message}", DpkgStatusFiles.DamagedHint, exception);
        }
    }

    private static void Check(IReadOnlyList<DpkgStatusEntry> entries, IReadOnlyList<string> names)
    {
        DpkgStatusEntry[] present = [.. entries.Where(entry => entry.State != "not-installed")];
        foreach (string name in names)
        {
            DpkgStatusEntry entry = present.FirstOrDefault(entry => entry.Name == name) ?? throw new ProfileException(
                $"the package {name} is to be removed, but it is not installed",
                Suggestion.Closest(name, present.Select(entry => entry.Name)) is string near
                    ? $"did you mean '{near}'?"
                    : "leave it out of what is removed");
            if (entry.Package is { IsEssential: true } or { IsProtected: true })
            {
                throw new ProfileException(
                    $"the package {name} is {Word(entry.Package)}, and cannot be removed",
                    "leave it out of what is removed; single files can be removed by their paths");
            }
        }
    }

    private static string Word(DebPackage package) => package.IsEssential ? "essential" : "protected";
}
