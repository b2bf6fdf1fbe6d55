using System.Globalization;
using RootfsImporter.Files;

namespace RootfsImporter.Sealing;

/// <summary>The seal rules that every image obeys, whatever it was made from.</summary>
public static class SealRules
{
    private const long SecondsPerDay = 86_400;

    /// <summary>The rules, in order; the Sealer applies them after those of the package family.</summary>
    public static IReadOnlyList<SealRule> Common { get; } =
    [
        .. HostIdentity(),
        .. MachineState(),
        .. RuntimeDirectories(),
        .. Invariants(),
    ];

    /// <summary>
    /// What a layer cannot hold, whatever else is wanted: all that is done to a tree that is kept as it is.
    /// </summary>
    public static IReadOnlyList<SealRule> Always { get; } = [Devices(), Whiteouts()];

    private static IReadOnlyList<SealRule> HostIdentity() =>
    [
        // An absent file would make systemd treat every start as the first boot, and an image with a read-only root could
        // not have one mounted over it, so a file that is there stays. None is made: images without systemd have none.
        new SealRule.Rewrite([RootPath.Parse("etc/machine-id")], (_, _) => ReadOnlyMemory<byte>.Empty)
        {
            Name = "machine-id",
            Why = "each container or machine gets its own; an empty file is filled at start (machine-id(5))",
        },
        new SealRule.Remove(["var/lib/dbus/machine-id"])
        {
            Name = "dbus-machine-id",
            Why = "dbus uses /etc/machine-id, or makes its own at start",
        },

        // Runtimes mount their own over both, and a fixed word would name every machine alike. A resolv.conf that is a
        // link (systemd-resolved makes one) says nothing of the host, nor does a file of a package (Alpine's hostname).
        new SealRule.Remove(["etc/hostname", "etc/resolv.conf", "etc/mtab"])
        {
            Name = "host-files",
            Why = "the building host's name, resolvers and mounts; container runtimes supply their own",
            FilesOnly = true,
            UnpackagedOnly = true,
        },
        new SealRule.Remove(["etc/machine-info"])
        {
            Name = "machine-info",
            Why = "describes one machine (machine-info(5))",
        },
        new SealRule.Remove(
            ["var/lib/systemd/random-seed", "var/lib/systemd/credential.secret", "var/lib/urandom/random-seed"])
        {
            Name = "secrets",
            Why = "seeds and keys that must not be shared by every copy of an image",
        },
        new SealRule.Remove(["etc/ssh/ssh_host_*_key", "etc/ssh/ssh_host_*_key.pub"])
        {
            Name = "ssh-host-keys",
            Why = "a private key in an image is known to all; 'ssh-keygen -A' makes new ones",
        },
        new SealRule.Rewrite([RootPath.Parse("etc/shadow"), RootPath.Parse("etc/shadow-")], ClampLastChange)
        {
            Name = "shadow-dates",
            Why = "the day of the last password change is the day of the build; it becomes that of SOURCE_DATE_EPOCH",
        },
    ];

    private static IReadOnlyList<SealRule> MachineState() =>
    [
        new SealRule.Remove(["var/cache/ldconfig/aux-cache"])
        {
            Name = "ldconfig-aux-cache",
            Why = "holds inode numbers and change times; ldconfig makes it again",
        },
        new SealRule.Remove(["var/lib/systemd/catalog/database"])
        {
            Name = "systemd-catalog",
            Why = "an index whose bytes differ between builds; systemd makes it again at boot",
        },
        new SealRule.EmptyDirectory(RootPath.Parse("var/log/journal"))
        {
            Name = "journal",
            Why = "logs of the build, in a directory named by a machine id",
        },
        new SealRule.EmptyDirectory(RootPath.Parse("var/cache/man"))
        {
            Name = "manual-index",
            Why = "a database with times in it; mandb makes it again",
        },
        new SealRule.Remove(["usr/bin/qemu-*-static"])
        {
            Name = "emulator",
            Why = "a static emulator that was copied in to run another architecture's programs",
            UnpackagedOnly = true,
        },
    ];

    private static IReadOnlyList<SealRule> RuntimeDirectories() =>
    [
        // Device nodes also make some runtimes fail to create the container's own.
        Emptied("dev", "the runtime mounts its own devices"),
        Emptied("proc", "a mount point for the kernel's file system"),
        Emptied("sys", "a mount point for the kernel's file system"),
        Emptied("run", "state of running programs") with { Except = [RootPath.Parse("run/lock")] },
        Emptied("tmp", "temporary files of the build"),
        Emptied("var/tmp", "temporary files of the build"),
    ];

    private static SealRule.EmptyDirectory Emptied(string path, string why) =>
        new(RootPath.Parse(path)) { Name = path.Replace('/', '-'), Why = why };

    private static IReadOnlyList<SealRule> Invariants() =>
    [
        Devices(),
        new SealRule.SetMetadata(RootPath.Root, 0b111_101_101, 0, 0)
        {
            Name = "root-directory",
            Why = "the build directory's own mode and owner are not content",
        },
        Whiteouts(),
        new SealRule.SetTimes
        {
            Name = "times",
            Why = "what a package did not date gets SOURCE_DATE_EPOCH, and nothing is newer",
        },
    ];

    private static SealRule.RemoveKinds Devices() =>
        new SealRule.RemoveKinds([EntryKind.CharacterDevice, EntryKind.BlockDevice, EntryKind.Socket])
        {
            Name = "devices",
            Why = "devices need privileges to extract, and sockets mean nothing without their program",
        };

    private static SealRule.RefuseWhiteouts Whiteouts() => new SealRule.RefuseWhiteouts
    {
        Name = "whiteouts",
        Why = "names that runtimes take for deletions cannot be in a base image",
    };

    /// <summary>
    /// Lowers the third field of each line of shadow(5), in days since 1970, to the day of
    /// <paramref name="sourceDateEpoch"/>. Everything else stays byte for byte.
    /// </summary>
    private static ReadOnlyMemory<byte> ClampLastChange(ReadOnlyMemory<byte> content, long sourceDateEpoch)
    {
        long lastDay = sourceDateEpoch / SecondsPerDay;
        return ColonLines.Map(content, fields =>
        {
            if (fields.Length > 2
                && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long day)
                && day > lastDay)
            {
                fields[2] = lastDay.ToString(CultureInfo.InvariantCulture);
            }
        });
    }
}
