using System.Globalization;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>A tmpfs of a few megabytes, unmounted when disposed.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string directory) => Directory = directory;

    /// <summary>Where it is mounted.</summary>
    public string Directory { get; }

    /// <summary>The file that <see cref="FillAsync"/> makes.</summary>
    public string Filler => Path.Combine(Directory, "filler");

    /// <summary>An empty one.</summary>
    public static async Task<SmallDisk> MountAsync(string directory, long bytes)
    {
        System.IO.Directory.CreateDirectory(directory);
        await Host.RunAsync(
            "mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "tmpfs", directory]);
        return new SmallDisk(directory);
    }

    /// <summary>Puts a directory on a disk that has this much room for more.</summary>
    public static async Task<SmallDisk> MountWithAsync(string directory, long room)
    {
        string aside = directory + ".aside";
        System.IO.Directory.Move(directory, aside);
        SmallDisk disk = await MountAsync(directory, 256 << 20);
        try
        {
            await Host.RunAsync("cp", ["-a", aside + "/.", directory]);
            System.IO.Directory.Delete(aside, recursive: true);
            long used = 256 << 20;
            used -= new DriveInfo(directory).AvailableFreeSpace;
            await disk.ResizeAsync(used + room);
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes it large.</summary>
    public Task GrowAsync() => ResizeAsync(256 << 20);

    /// <summary>Takes all room that is left.</summary>
    public async Task FillAsync()
    {
        await using FileStream file = File.Create(Filler);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Host.RunAsync("umount", [Directory]);

    private async Task ResizeAsync(long bytes) => await Host.RunAsync(
        "mount", ["-o", string.Create(CultureInfo.InvariantCulture, $"remount,size={bytes}"), Directory]);
}
