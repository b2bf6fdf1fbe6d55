using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Tests.Packages.Apk.Database;

/// <summary>Reading apk's database, good and bad.</summary>
public sealed class ApkDatabaseReaderTests
{
    private static readonly string Hello =
        $"C:{ApkRootText.Sum('h')}\nP:hello\nV:1.2-r3\nA:x86_64\nS:100\nI:4096\nT:says hello\nt:1700000000\nk:5\n"
        + "D:!bye so:libc.so.1\np:cmd:hello=1.2-r3\ni:docs\nr:hi<2 old\nq:7\ns:edge\n"
        + $"F:\nR:top\nF:bin\nM:1:2:1777\nR:hello\na:0:0:755\nZ:{ApkRootText.Sum('f')}\nR:link\nF:etc\n\n";

    private static readonly string Made =
        $"C:{ApkRootText.Sum('v')}\nP:.build-deps\nV:20240101.120000\nA:noarch\nD:hello\n\n";

    [Fact]
    public void A_tree_without_a_database_has_none() =>
        Assert.Null(ApkDatabaseReader.Read(new ApkRootText().File("lib/apk/db/lock", "").Tree()));

    [Fact]
    public void Reads_all_that_is_known_of_a_package()
    {
        InstalledApks installed = new ApkRootText().Installed(Hello + Made)
            .File("etc/apk/world", "hello>1\n!bye\n.build-deps><Q1x\nmore@edge\n")
            .File("lib/apk/db/triggers", $"{ApkRootText.Sum('x')} /gone\n{ApkRootText.Sum('h')} /bin /lib/*\n")
            .Scripts(
                false, ($"hello-1.2-r3.{ApkRootText.Sum('h')}.post-deinstall", "bye"),
                ($"hello-1.2-r3.{ApkRootText.Sum('h')}.trigger", "told"), ($"gone-1.{ApkRootText.Sum('x')}.trigger", "x"),
                ($"hello-1.2-r3.{ApkRootText.Sum('h')}.future", "?"), ("README", "?"))
            .Read();
        Assert.Equal(
            [".build-deps 20240101.120000 noarch", "hello 1.2-r3 x86_64"],
            installed.Packages.Select(package => $"{package.Name} {package.Version} {package.Architecture}"));
        Assert.Equal("hello>1 !bye .build-deps><Q1x more@edge", string.Join(' ', installed.World));
        InstalledApk hello = installed.Apks[0];
        Assert.Equal(
            ("!bye so:libc.so.1", "cmd:hello=1.2-r3", "docs", "hi<2 old", 7, "edge", 5),
            (string.Join(' ', hello.Package.Depends), string.Join(' ', hello.Package.Provides),
                string.Join(' ', hello.Package.InstallIf), string.Join(' ', hello.Replaces), hello.ReplacesPriority,
                hello.Tag, hello.Package.ProviderPriority));
        Assert.Equal(["/bin", "/lib/*"], hello.Triggers);
        Assert.Same(hello, Assert.Single(installed.Triggered));
        Assert.Equal(
            "post-deinstall bye, trigger told",
            string.Join(", ", hello.Scripts.Select(s => $"{s.Kind} {Encoding.UTF8.GetString(s.Content.Span)}")));
        Assert.Equal(Hello + Made, string.Concat(installed.Apks.Select(
            package => Encoding.UTF8.GetString(package.Record.Span) + "\n")));
    }

    [Fact]
    public void Files_have_the_owner_and_mode_that_is_recorded_or_the_usual_one()
    {
        IReadOnlyList<InstalledPath> paths = new ApkRootText().Installed(Hello).Read().Apks[0].ReadPaths();
        Assert.Equal(
            "File /top 0:0:644 ; Directory /bin 1:2:1777 ; File /bin/hello 0:0:755 ffffffffffffffffffff; "
                + "File /bin/link 0:0:644 ; Directory /etc 0:0:755 ",
            string.Join("; ", paths.Select(path => $"{path.Entry.Kind} {path.Entry.Path} {path.Entry.Uid}:{path.Entry.Gid}:"
                + $"{Convert.ToString(path.Entry.Mode, 8)} {Encoding.ASCII.GetString((path.Sum ?? default).Span)}")));
    }

    [Fact]
    public void Paths_are_where_links_lead()
    {
        InstalledApks installed = new ApkRootText().Link("bin", "usr/bin").File("usr/bin/hello", "").File("usr/bin/link", "")
            .Installed(Hello).Read();
        Assert.Equal(
            "/bin /etc /top /usr/bin/hello /usr/bin/link",
            string.Join(' ', installed.Paths.Order()));
    }

    [Fact]
    public void The_database_may_be_where_lib_leads_to_or_below_usr()
    {
        Assert.Single(new ApkRootText().Link("lib", "usr/lib").Installed(Hello, "usr/lib/apk/db").Read().Packages);
        InstalledApks merged = new ApkRootText().Installed(Hello, "usr/lib/apk/db").Read();
        Assert.Equal("usr/lib/apk/db", merged.Directory.Value);
    }

    [Theory]
    [InlineData("X1")]
    [InlineData("")]
    public void Scripts_may_be_compressed_and_named_with_digits(string prefix)
    {
        string digits = prefix.Length > 0
            ? prefix + string.Concat(Enumerable.Repeat("68", 20))
            : ApkRootText.Sum('h');
        InstalledApks installed = new ApkRootText().Installed(Hello)
            .Scripts(true, ($"hello-1.2-r3.{digits}.pre-deinstall", "bye")).Read();
        Assert.True(installed.HasCompressedScripts);
        Assert.Equal("pre-deinstall", Assert.Single(installed.Apks[0].Scripts).Kind);
    }

    [Theory]
    [InlineData("x\n", "line 1 is not a letter, a colon and a value")]
    [InlineData("P:a\nV:1\n\n", "line 1: the package a has no checksum (C)")]
    [InlineData("C:Q1x\nP:../a\nV:1\n\n", "line 2: '../a' cannot be the name of a package")]
    [InlineData("C:Q1x\nP:a\nV:1\n\nC:Q1y\nP:a\nV:2\n\n", "the package a is there twice")]
    [InlineData("~q:-1\n\n", "line 4: q: is no number")]
    [InlineData("~F:../b\n\n", "a 1: '../b' is not a path inside the root")]
    [InlineData("~F:b\nR:..\n\n", "a 1: '..' is not the name of a file")]
    [InlineData("~F:b\nR:c/d\n\n", "a 1: 'c/d' is not the name of a file")]
    [InlineData("~R:c\n\n", "a 1: the file 'c' is in no directory")]
    [InlineData("~M:0:0:755\n\n", "a 1: a line 'M:' follows nothing that it could be about")]
    [InlineData("~F:b\na:0:0:755\n\n", "a 1: a line 'a:' follows nothing that it could be about")]
    [InlineData("~F:b\nM:0:0:999\n\n", "a 1: '0:0:999' is not an owner, a group and a mode")]
    [InlineData("~F:b\nM:0:0:77777\n\n", "a 1: '0:0:77777' is not an owner, a group and a mode")]
    [InlineData("~F:b\nM:-1:0:755\n\n", "a 1: '-1:0:755' is not an owner, a group and a mode")]
    public void What_is_malformed_is_said(string installed, string problem) =>
        Assert.Equal(
            $"/lib/apk/db/installed: {problem}",
            new ApkRootText().Installed(installed.Replace("~", "C:Q1x\nP:a\nV:1\n", StringComparison.Ordinal)).Refused());

    [Fact]
    public void A_world_or_scripts_that_cannot_be_read_are_said_with_their_file()
    {
        Assert.StartsWith(
            "/etc/apk/world: 'a<=>1'", new ApkRootText().Installed(Hello).File("etc/apk/world", "a<=>1\n").Refused(),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "/lib/apk/db/scripts.tar: ",
            new ApkRootText().Installed(Hello).File("lib/apk/db/scripts.tar", new string('x', 512)).Refused(),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "/lib/apk/db/scripts.tar.gz: ",
            new ApkRootText().Installed(Hello).File("lib/apk/db/scripts.tar.gz", "xxxx").Refused(),
            StringComparison.Ordinal);
        Assert.Contains(
            "more than the", new ApkRootText().Installed(Hello).File("etc/apk/world", new byte[5 << 20]).Refused(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_refused() => Assert.Contains(
        "is longer than", new ApkRootText().Installed(Hello + "T:" + new string('x', 3 << 20)).Refused(),
        StringComparison.Ordinal);

    [Fact]
    public void Truncated_anywhere_it_is_read_or_refused()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Hello + Made);
        for (int length = 0; length < whole.Length; length++)
        {
            IsReadOrRefused(whole[..length]);
        }
    }

    [Fact]
    public void Scripts_truncated_anywhere_or_with_a_byte_changed_are_read_or_refused()
    {
        byte[] whole = new ApkRootText().Scripts(false, ($"hello-1.2-r3.{ApkRootText.Sum('h')}.trigger", "told"))
            .Tree().TryReadFile(RootPath.Parse("lib/apk/db/scripts.tar"), 1 << 20)!;
        for (int length = 0; length < whole.Length; length += 7)
        {
            IsReadOrRefused(Encoding.UTF8.GetBytes(Hello), whole[..length]);
        }

        for (int index = 0; index < 600; index++)
        {
            byte[] changed = [.. whole];
            changed[index] ^= 0x55;
            IsReadOrRefused(Encoding.UTF8.GetBytes(Hello), changed);
        }
    }

    [Fact]
    public void With_any_bit_flipped_it_is_read_or_refused()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Hello + Made);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            IsReadOrRefused(flipped);
        }
    }

    private static void IsReadOrRefused(byte[] installed, byte[]? scripts = null)
    {
        try
        {
            InstalledApks read = new ApkRootText().File("lib/apk/db/installed", installed)
                .File("lib/apk/db/scripts.tar", scripts ?? new byte[1024]).Read();
            Assert.True(read.Packages.Count <= 2);
            Assert.All(read.Paths, path => Assert.False(path.IsRoot));
        }
        catch (PackageFormatException error)
        {
            Assert.Equal(6, error.ExitCode);
        }
    }
}
