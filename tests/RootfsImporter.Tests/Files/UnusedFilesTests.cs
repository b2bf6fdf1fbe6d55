using RootfsImporter.Files;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Files;

public sealed class UnusedFilesTests : IDisposable
{
    private static readonly DateTime Now = new(2026, 11, 21, 0, 0, 0, DateTimeKind.Utc);

    private readonly TempDirectory _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void Removes_what_was_of_no_use_for_a_month_and_keeps_the_rest()
    {
        string old = Add("sha256/ab/old", Now.AddDays(-31));
        string recent = Add("sha256/ab/recent", Now.AddDays(-29));
        string other = Add("elsewhere/old", Now.AddDays(-99));

        UnusedFiles.Prune(_cache.FullPath, [_cache["sha256"], _cache["absent"]], Now);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(recent));
        Assert.True(File.Exists(other));
    }

    [Fact]
    public void Prunes_once_a_day()
    {
        UnusedFiles.Prune(_cache.FullPath, [_cache["sha256"]], Now);
        string old = Add("sha256/old", Now.AddDays(-31));

        UnusedFiles.Prune(_cache.FullPath, [_cache["sha256"]], Now.AddHours(23));
        Assert.True(File.Exists(old));

        UnusedFiles.Prune(_cache.FullPath, [_cache["sha256"]], Now.AddHours(25));
        Assert.False(File.Exists(old));
    }

    [Fact]
    public void A_file_of_use_is_young_again()
    {
        string old = Add("sha256/old", Now.AddDays(-31));

        UnusedFiles.Touch(old, Now);
        UnusedFiles.Prune(_cache.FullPath, [_cache["sha256"]], Now);

        Assert.True(File.Exists(old));
    }

    private string Add(string path, DateTime time)
    {
        string file = _cache.Write(path, "x");
        File.SetLastWriteTimeUtc(file, time);
        return file;
    }
}
