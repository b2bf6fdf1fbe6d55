using System.Security.Cryptography;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>
/// A disk that becomes full in each place that a build writes to. The disks are small tmpfs, mounted for the test.
/// </summary>
public sealed class FullDiskTests(TinyArchive archive)
{
    private const int HostLacks = 9;

    /// <summary>As much as the tiny system without this takes, and more than any room that a test leaves.</summary>
    private const int ExtraBytes = 6 << 20;

    [Fact]
    public async Task Work_directory()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        await using SmallDisk disk = await SmallDisk.MountAsync(workshop.Root["work"], 2 << 20);
        using TinySite site = await archive.SiteAsync();
        ToolRun run = await workshop.BuildAsync(site, "bad", "--no-reuse", "--work-dir", disk.Directory);
        run.IsError(HostLacks, "No space left on device");
        Assert.Contains("--work-dir", run.ErrorOutput, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Directory));
        await workshop.IsWholeAsync();
    }

    /// <summary>Here it is dpkg, or a script, that finds the disk full: the program only sees it fail.</summary>
    [Fact]
    public async Task Work_directory_while_packages_are_configured()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        await using SmallDisk disk = await SmallDisk.MountAsync(workshop.Root["work"], 24 << 20);
        using TinySite site = await archive.SiteAsync();
        site.Packages.Add(TinySystem.Package("bad").Script("postinst", "cat /dev/zero > /var/log/endless"));
        ToolRun run = await workshop.BuildAsync(site, "bad", "--work-dir", disk.Directory);
        Assert.Contains(run.ExitCode, (int[])[7, HostLacks]);
        run.IsError(run.ExitCode, "No space left on device");
        Assert.Empty(Directory.GetFileSystemEntries(disk.Directory));
        await workshop.IsWholeAsync();
    }

    [Fact]
    public async Task Cache_while_packages_are_downloaded()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        await using SmallDisk disk = await SmallDisk.MountWithAsync(workshop.Cache, room: 1 << 20);
        using TinySite site = await SiteWithExtraAsync();
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(HostLacks, "cannot store sha256:", disk.Directory, "No space left on device");
        await disk.GrowAsync();
        await workshop.IsWholeAsync(mayResume: true);
    }

    [Fact]
    public async Task Cache_while_the_layer_is_packed()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        await using SmallDisk disk = await SmallDisk.MountWithAsync(workshop.Cache, room: ExtraBytes + ExtraBytes / 2);
        using TinySite site = await SiteWithExtraAsync();
        ToolRun run = await workshop.BuildAsync(site, "bad");
        run.IsError(HostLacks, "cannot write " + Path.Combine(workshop.Cache, "layers"), "the disk is full");
        await disk.GrowAsync();
        await workshop.IsWholeAsync();
    }

    [Theory]
    [InlineData("oci:images:bad")]
    [InlineData("docker-archive:images/archive.tar")]
    [InlineData("tar:images/root.tar")]
    public async Task Output(string target)
    {
        using Workshop workshop = await archive.WorkshopAsync();
        await using SmallDisk disk = await SmallDisk.MountWithAsync(workshop.Images, room: ExtraBytes / 2);
        using TinySite site = await SiteWithExtraAsync();
        ToolRun run = await workshop.RunAsync(
            "build", await site.WriteToAsync(workshop.Root), "--cache-dir", workshop.Cache, "--to", target);
        run.IsError(HostLacks, $"cannot deliver to {target}", "No space left on device");
        await workshop.IsWholeAsync();
    }

    [Fact]
    public async Task Directory_for_temporary_files()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        await using SmallDisk disk = await SmallDisk.MountAsync(workshop.Temporary, 64 << 10);
        await disk.FillAsync();
        using TinySite site = await archive.SiteAsync();
        ToolRun run = await workshop.BuildAsync(site, "bad", "--no-reuse");
        run.IsError(HostLacks, "cannot verify the signature of", disk.Directory, "No space left on device");
        File.Delete(disk.Filler);
        workshop.IsTidy();
    }

    [Fact]
    public async Task No_directory_for_temporary_files()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        Directory.Delete(workshop.Temporary);
        using TinySite site = await archive.SiteAsync();
        ToolRun run = await workshop.BuildAsync(site, "bad", "--no-reuse");
        run.IsError(HostLacks, "cannot verify the signature of", $" in {workshop.Temporary}/: ");
        Assert.Contains("TMPDIR", run.ErrorOutput, StringComparison.Ordinal);
        workshop.HasEarlierImage();
    }

    /// <summary>Keeping it only saves the next build some work.</summary>
    [Fact]
    public async Task A_result_that_cannot_be_kept_is_no_error()
    {
        using Workshop workshop = await archive.WorkshopAsync();
        Directory.Delete(Path.Combine(workshop.Cache, "results"), recursive: true);
        workshop.Root.Write("cache/results", "in the way");
        using TinySite site = await archive.SiteAsync();
        Assert.Equal(archive.GoodDigest, (await workshop.BuildAsync(site, "good", "--no-reuse")).Digest());
    }

    private async Task<TinySite> SiteWithExtraAsync()
    {
        TinySite site = await archive.SiteAsync();
        site.Packages.Add(TinySystem.Package("extra").Entry(
            new TarBytesEntry("./usr/share/noise", '0') { Content = RandomNumberGenerator.GetBytes(ExtraBytes) }));
        return site;
    }
}
