using System.Formats.Tar;
using RootfsImporter.Packages.Apk.Installing;
using RootfsImporter.Profiles;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Packages.Apk.Installing;

/// <summary>The database, as apk 2.14 writes it; AlpineRootfsTests compare it with the real one.</summary>
public sealed class ApkDatabaseTests
{
    [Fact]
    public async Task A_record_has_the_metadata_then_directories_and_files_by_name()
    {
        using ApkInstallationFixture fixture = new();
        ApkBuilder package = new ApkBuilder("hello", "2.1-r3").Depends("so:libc.so.1").Provides("cmd:hello=2.1-r3", "greeter")
            .Replaces("hi", "hey<2").InstallIf("a", "b").Field("replaces_priority", "7").Field("provider_priority", "9")
            .Field("origin", "hello").Field("commit", "c0ffee").Field("maintainer", "Søren <s@example.org>")
            .Directory("usr/share", 0x1C0)
            .File("usr/bin/hello", "hello", mode: 0x1ED).File("usr/bin/_a", "", uid: 7).Symlink("usr/bin/Hi", "hello")
            .HardLink("usr/bin/z", "usr/bin/hello").Directory("usr/bin-x");
        await fixture.InstallAsync(
            package, new ApkBuilder("libc").Provides("so:libc.so.1=1"), new ApkBuilder("a"), new ApkBuilder("b"));
        Assert.Equal(
            $"""
            C:{package.Checksum}
            P:hello
            V:2.1-r3
            A:x86_64
            S:{package.Build().Length}
            I:5
            T:hello
            U:https://example.org/
            L:MIT
            o:hello
            m:Søren <s@example.org>
            t:1700000000
            c:c0ffee
            k:9
            D:so:libc.so.1
            p:cmd:hello=2.1-r3 greeter
            i:a b
            r:hi hey<2
            q:7
            F:usr
            F:usr/bin
            R:Hi
            a:0:0:777
            Z:Q1qvTGHdzF6KLavt4PO0gs2a6pQ00=
            R:_a
            a:7:0:644
            Z:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=
            R:hello
            a:0:0:755
            Z:Q1qvTGHdzF6KLavt4PO0gs2a6pQ00=
            R:z
            Z:Q1qvTGHdzF6KLavt4PO0gs2a6pQ00=
            F:usr/bin-x
            F:usr/share
            M:0:0:700
            """,
            fixture.Record("hello"));
    }

    [Fact]
    public async Task Records_are_by_name_and_the_rest_in_the_order_of_installation()
    {
        using ApkInstallationFixture fixture = new()
        {
            Packages = new() { Include = ["zlib", "ssl_client@edge", "sslscan>=1", "Mesa"] },
            Pockets = [new Pocket { Name = "main", Suite = "edge/main", Tag = "edge" }],
        };
        ApkBuilder[] packages = [.. ((string[])["zlib", "ssl_client", "sslscan", "Mesa"]).Select(
            name => new ApkBuilder(name, "1").Script("trigger", "t").Script("post-install", "p").Triggers("/a /b/*"))];
        await fixture.InstallAsync(packages);
        Assert.Equal(
            "P:Mesa s:edge P:ssl_client s:edge P:sslscan s:edge P:zlib s:edge",
            string.Join(' ', fixture.ReadText("lib/apk/db/installed").Split('\n')
                .Where(line => line is ['P' or 's', ':', ..])));
        Assert.Equal("Mesa\nssl_client@edge\nsslscan>=1\nzlib\n", fixture.ReadText("etc/apk/world"));
        Assert.Equal("x86_64\n", fixture.ReadText("etc/apk/arch"));
        Assert.Equal(("600 0:0", ""), (fixture.Owner("lib/apk/db/lock"), fixture.ReadText("lib/apk/db/lock")));
        string[] checksums = [.. ((int[])[3, 1, 2, 0]).Select(i => packages[i].Checksum)];
        Assert.Equal(string.Concat(checksums.Select(c => $"{c} /a /b/*\n")), fixture.ReadText("lib/apk/db/triggers"));
        Assert.Equal(
            ((int[])[3, 1, 2, 0]).SelectMany(i => (string[])
            [
                $"{packages[i].Package}-1.{packages[i].Checksum}.post-install p",
                $"{packages[i].Package}-1.{packages[i].Checksum}.trigger t",
            ]),
            Members(fixture));
    }

    [Fact]
    public async Task A_script_whose_name_is_longer_than_a_header_field_keeps_it()
    {
        using ApkInstallationFixture fixture = new();
        ApkBuilder package = new ApkBuilder(new string('n', 80)).Script("post-install", "p");
        await fixture.InstallAsync(package);
        Assert.Equal([$"{package.Package}-1.0-r0.{package.Checksum}.post-install p"], Members(fixture));
    }

    [Theory]
    [InlineData("a", "B", -1)]
    [InlineData("ssl_client", "sslscan", -1)]
    [InlineData("a", "A", 1)]
    [InlineData("a-b", "a", 1)]
    [InlineData("a", "a", 0)]
    public void Names_are_ordered_as_strcasecmp_does(string one, string other, int order) =>
        Assert.Equal(order, Math.Sign(ApkNames.Order.Compare(one, other)));

    private static List<string> Members(ApkInstallationFixture fixture)
    {
        using TarReader tar = new(File.OpenRead(fixture.HostPath("lib/apk/db/scripts.tar")));
        List<string> members = [];
        while (tar.GetNextEntry(copyData: true) is TarEntry entry)
        {
            Assert.Equal("755", Convert.ToString((int)entry.Mode, 8));
            Assert.Equal(1_700_000_000, entry.ModificationTime.ToUnixTimeSeconds());
            using StreamReader text = new(entry.DataStream!);
            members.Add($"{entry.Name} {text.ReadToEnd().TrimEnd().Split('\n')[^1]}");
        }

        return members;
    }
}
