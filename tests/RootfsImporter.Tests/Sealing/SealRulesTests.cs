using RootfsImporter.Files;
using RootfsImporter.Stages;

namespace RootfsImporter.Tests.Sealing;

public sealed class SealRulesTests
{
    /// <summary>A tree with something for every common rule, beside things that must stay.</summary>
    internal static SealFixture Everything() => new SealFixture()
        .File("etc/machine-id", "0123456789abcdef0123456789abcdef\n").Symlink("var/lib/dbus/machine-id", "/etc/machine-id")
        .File("etc/hostname", "builder\n").File("etc/resolv.conf", "nameserver 192.0.2.1\n").File("etc/mtab")
        .File("etc/machine-info").File("etc/hosts")
        .File("var/lib/systemd/random-seed").File("var/lib/systemd/credential.secret").File("var/lib/urandom/random-seed")
        .File("etc/ssh/ssh_host_ed25519_key").File("etc/ssh/ssh_host_ed25519_key.pub").File("etc/ssh/sshd_config")
        .File("etc/shadow", "root:*:20778:0:99999:7:::\nold:*:100::::::\nnone:*::::::\n", mode: 0b110_100_000)
        .File("var/cache/ldconfig/aux-cache").File("etc/ld.so.cache")
        .File("var/lib/systemd/catalog/database")
        .File("var/log/journal/0123456789abcdef0123456789abcdef/system.journal").File("var/log/lastlog")
        .File("var/cache/man/index.db").File("usr/bin/qemu-aarch64-static").Packaged("usr/bin/qemu-arm-static", 5)
        .Special("dev/null", EntryKind.CharacterDevice).Symlink("dev/fd", "/proc/self/fd").File("proc/x").File("sys/x")
        .Directory("run/lock", 0b001_111_111_111).File("run/lock/held").File("run/mount/utab")
        .File("tmp/x").File("var/tmp/x").Directory("tmp", 0b001_111_111_111)
        .Special("opt/socket", EntryKind.Socket).Special("opt/disk", EntryKind.BlockDevice)
        .Special("opt/pipe", EntryKind.Fifo);

    [Fact]
    public void What_is_left_is_content()
    {
        Assert.Equal(
            """
            dev etc etc/hosts etc/ld.so.cache etc/machine-id etc/shadow etc/ssh etc/ssh/sshd_config opt opt/pipe proc run
            run/lock sys tmp usr usr/bin usr/bin/qemu-arm-static var var/cache var/cache/ldconfig var/cache/man var/lib
            var/lib/dbus var/lib/systemd var/lib/systemd/catalog var/lib/urandom var/log var/log/journal var/log/lastlog
            var/tmp
            """.Split([' ', '\n']),
            Everything().Seal().Paths.Skip(1));
    }

    [Theory]
    [InlineData("dbus-machine-id", "removed", "/var/lib/dbus/machine-id", null)]
    [InlineData("host-files", "removed", "/etc/hostname", null)]
    [InlineData("host-files", "removed", "/etc/resolv.conf", null)]
    [InlineData("secrets", "removed", "/var/lib/systemd/random-seed", null)]
    [InlineData("ssh-host-keys", "removed", "/etc/ssh/ssh_host_ed25519_key", null)]
    [InlineData("machine-id", "rewritten", "/etc/machine-id", "33 to 0 bytes")]
    [InlineData("shadow-dates", "rewritten", "/etc/shadow", "55 bytes as before")]
    [InlineData("dev", "removed", "/dev/null", "character device")]
    [InlineData("devices", "removed", "/opt/socket", "socket")]
    [InlineData("devices", "removed", "/opt/disk", "block device")]
    [InlineData("run", "removed", "/run/mount", "with 1 below it")]
    [InlineData("var-tmp", "removed", "/var/tmp/x", null)]
    public void Each_act_is_in_the_ledger(string rule, string action, string path, string? detail) =>
        Assert.Contains(new LedgerEntry(rule, action, path, detail), Everything().Seal().Ledger.Entries);

    [Fact]
    public void A_machine_id_is_emptied_but_never_made()
    {
        Assert.Equal(0, Everything().Seal().Entry("etc/machine-id").Content!.Length);
        Assert.DoesNotContain("etc/machine-id", new SealFixture().Directory("etc").Seal().Paths);
    }

    [Fact]
    public void A_resolver_link_stays() => Assert.Contains(
        "etc/resolv.conf", new SealFixture().Symlink("etc/resolv.conf", "../run/stub-resolv.conf").Seal().Paths);

    [Fact]
    public void Days_of_password_changes_are_at_most_the_day_of_the_epoch()
    {
        SealedRootfs result = Everything().Seal();

        Assert.Equal(
            $"root:*:{SealFixture.Epoch / 86_400}:0:99999:7:::\nold:*:100::::::\nnone:*::::::\n", result.Text("etc/shadow"));
        Assert.Equal(0b110_100_000, result.Entry("etc/shadow").Mode);
    }

    [Fact]
    public void The_root_directory_is_roots_and_readable()
    {
        SealFixture fixture = new();
        IReadOnlyList<TreeEntry> tree = [fixture.Tree[0] with { Mode = 0b111_000_000, Uid = 1000, Gid = 1000 }];

        SealedRootfs result = Sealer.Seal(tree, _ => null, [], SealFixture.Epoch);

        Assert.Equal((0b111_101_101, 0u, 0u), (result.Entries[0].Mode, result.Entries[0].Uid, result.Entries[0].Gid));
        Assert.Contains(
            new LedgerEntry("root-directory", "changed", "/", "mode 0700 1000:1000 to 0755 0:0"), result.Ledger.Entries);
    }

    [Theory]
    [InlineData("etc/.wh.passwd")]
    [InlineData("opt/.wh..wh..opq")]
    public void A_whiteout_is_refused(string path)
    {
        PackageFormatException error =
            Assert.Throws<PackageFormatException>(() => new SealFixture().File(path).Seal());

        Assert.Contains($"'/{path}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be a base image", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void A_whiteout_in_what_is_removed_does_no_harm() =>
        Assert.Equal(["", "tmp"], new SealFixture().File("tmp/.wh.x").Seal().Paths);

    [Theory]
    [InlineData(5L, 5L, 5L)]
    [InlineData(5L, 6L, SealFixture.Epoch)]
    [InlineData(SealFixture.Today, SealFixture.Today, SealFixture.Epoch)]
    [InlineData(-7L, -7L, 0L)]
    public void A_file_has_its_packages_time_if_it_still_has_it(long packaged, long time, long expected) =>
        Assert.Equal(expected, new SealFixture().Packaged("f", packaged, time).Seal().Entry("f").ModifiedTime);

    [Fact]
    public void Directories_and_what_no_package_dated_get_the_epoch()
    {
        SealedRootfs result =
            new SealFixture().File("d/f", time: 5).Symlink("s", "x", time: 5).Special("p", EntryKind.Fifo).Seal();

        Assert.All(result.Entries, entry => Assert.Equal(SealFixture.Epoch, entry.ModifiedTime));
        Assert.Equal(
            new LedgerEntry("times", "retimed", "/", $"0 with the time of their package, 5 set to {SealFixture.Epoch}"),
            Assert.Single(result.Of("times")));
    }

    [Fact]
    public void All_names_of_a_file_have_one_time()
    {
        SealedRootfs result = new SealFixture().Packaged("a", 5).HardLink("b", "a").Seal();

        Assert.Equal((5L, 5L), (result.Entry("a").ModifiedTime, result.Entry("b").ModifiedTime));
    }
}
