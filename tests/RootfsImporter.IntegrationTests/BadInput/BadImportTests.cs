using RootfsImporter.Linux;
using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>What <c>import</c> cannot take is one error with one hint, and leaves nothing behind.</summary>
public sealed class BadImportTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("is not a root file system", "mkdir tree && echo x > tree/file && tar -C tree -cf in.tar .")]
    [InlineData("the archive ends inside", "head -c 600 good.tar > in.tar")]
    [InlineData("is in it twice", "cp good.tar in.tar && tar -C good -rf in.tar ./etc/os-release")]
    [InlineData("leads out of the root", "tar -P -C good -cf in.tar --transform 's,^./etc/os,../os,' .")]
    [InlineData("escapes: it lies behind the symbolic link",
        "mkdir a && ln -s /etc a/etc && tar -C a -cf in.tar ./etc && tar -C good -rf in.tar ./etc/os-release")]
    [InlineData("reserve for deletions", "touch good/etc/.wh.x && tar -C good -cf in.tar .")]
    [InlineData("bytes that are allowed", "truncate -s 1G good/big && tar -C good -cf - . | gzip -1 > in.tar", "--max-size", "16M")]
    [InlineData("is not of s390x", "cp good.tar in.tar", "--arch", "s390x")]
    [InlineData("sparse", "truncate -s 1M good/hole && tar -C good --sparse -cf in.tar .")]
    [InlineData("in.tar", "true")]
    [InlineData("cannot import in.tar: at byte ", "tar -C good -cf - . | gzip -1 | head -c 300 > in.tar")]
    [InlineData("bytes that are allowed", "truncate -s 100M good/big && tar -C good -cf - . | xz -0 > in.tar", "--max-size", "16M")]
    [InlineData("there is no tar header", "head -c 100000 /dev/urandom > in.tar")]
    public async Task Bad_archives_are_one_error(string message, string make, params string[] options)
    {
        _temp.Write("good/etc/os-release", "ID=tiny\n");
        _temp.Write("good/bin/sh", ElfBuilder.Program());
        await RunAsync("tar -C good -cf good.tar . && mkdir work && " + make);
        ChildResult result = await Host.TryRunAsync(
            Host.Tool,
            ["import", "in.tar", .. options, "--to", "oci:out:x", "--work-dir", "work", "--cache-dir", "cache"],
            new Dictionary<string, string> { ["ROOTFS_IMPORTER_PROFILES"] = Host.Distros },
            _temp.FullPath);

        string[] lines = [.. result.ErrorOutput.Trim().Split('\n').Where(line => !line.Contains(" ms)", StringComparison.Ordinal)
            && !line.Contains(" s)", StringComparison.Ordinal))];
        Assert.InRange(result.ExitCode, 2, 9);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("error: ", lines[0], StringComparison.Ordinal);
        Assert.Contains(message, lines[0], StringComparison.Ordinal);
        Assert.StartsWith("hint: ", lines[1], StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.Empty(Directory.GetFileSystemEntries(_temp["work"]));
        Assert.False(Directory.Exists(_temp["out"]));
    }

    private Task<string> RunAsync(string script) => Host.RunAsync("sh", ["-ec", script], workingDirectory: _temp.FullPath);
}
