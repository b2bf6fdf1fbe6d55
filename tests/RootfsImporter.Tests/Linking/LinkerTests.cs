using RootfsImporter.Files;
using RootfsImporter.Linking;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Linking;

public sealed class LinkerTests
{
    private static readonly string[] LibcOfDebian =
    [
        "/lib -> usr/lib", "/lib64 -> usr/lib64", "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "/usr/lib/x86_64-linux-gnu/libc.so.6",
        "/usr/lib64/ld-linux-x86-64.so.2 -> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    ];

    [Fact]
    public void A_static_program_gets_nothing_added()
    {
        LinkTree tree = LinkTree.Debian().File("/usr/bin/app", new ElfBuilder { Type = 2, IsDynamic = false }.ToArray());

        LinkResult result = tree.Collect("/usr/bin/app");

        Assert.Equal(["/usr/bin/app"], result.Paths());
        Assert.Equal("usr/bin/app", result.Program?.Value);
        Assert.Equal("amd64", result.Architecture?.Deb);
    }

    [Fact]
    public void A_program_brings_its_interpreter_its_libraries_and_every_link_on_the_way()
    {
        LinkTree tree = LinkTree.Debian()
            .Link("/usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.3")
            .Library("/usr/lib/x86_64-linux-gnu/libz.so.1.3", "libc.so.6")
            .Library("/usr/lib/x86_64-linux-gnu/libunused.so.1")
            .Program("/usr/bin/app", "libz.so.1", "libc.so.6");

        LinkResult result = tree.Collect("/bin/app");

        Assert.Equal(
            new[]
            {
                "/bin -> usr/bin", "/usr/bin/app", "/usr/lib/x86_64-linux-gnu/libz.so.1 -> libz.so.1.3",
                "/usr/lib/x86_64-linux-gnu/libz.so.1.3",
            }.Concat(LibcOfDebian).Order(StringComparer.Ordinal),
            result.Paths().Order(StringComparer.Ordinal));
        Assert.Empty(result.Missing);
        Assert.Equal(
            ["needed by /usr/bin/app", "needed by /usr/lib/x86_64-linux-gnu/libz.so.1.3"],
            result.Why("/usr/lib/x86_64-linux-gnu/libc.so.6"));
        Assert.Equal(
            ["interpreter of /usr/bin/app", "needed by /usr/lib/x86_64-linux-gnu/libc.so.6"],
            result.Why("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
        Assert.Equal(["named"], result.Why("/usr/bin/app"));
        Assert.Equal(
            ["link on the way to /usr/lib/x86_64-linux-gnu/libz.so.1.3"], result.Why("/usr/lib/x86_64-linux-gnu/libz.so.1"));
        Assert.Equal("bin/app", result.Program?.Value);
    }

    [Fact]
    public void A_link_that_is_named_is_there_for_that()
    {
        LinkTree tree = LinkTree.Debian().Program("/usr/bin/check", "libc.so.6").Link("/usr/bin/server", "check");

        LinkResult result = tree.Collect("/bin/server");

        Assert.Equal(["named", "link on the way to /usr/bin/check"], result.Why("/usr/bin/server"));
        Assert.Equal("bin/server", result.Program?.Value);
    }

    [Fact]
    public void A_runpath_is_the_objects_own_and_an_rpath_goes_on()
    {
        LinkTree tree = LinkTree.Debian()
            .Library("/opt/a/libfirst.so", "libsecond.so")
            .Library("/opt/a/libsecond.so");
        byte[] Program(string? rpath, string? runpath) => new ElfBuilder
        {
            Interpreter = "/lib64/ld-linux-x86-64.so.2",
            Needed = ["libfirst.so"],
            RPath = rpath,
            RunPath = runpath,
        }.ToArray();

        LinkResult inherited = tree.File("/usr/bin/app", Program("/opt/a", null)).Collect("/usr/bin/app");
        LinkResult own = tree.File("/usr/bin/app", Program(null, "/opt/a")).Collect("/usr/bin/app");
        LinkResult both = tree.File("/usr/bin/app", Program("/opt/a", "/opt/b")).Collect("/usr/bin/app");

        Assert.Contains("/opt/a/libsecond.so", inherited.Paths());
        MissingLibrary missing = Assert.Single(own.Missing);
        Assert.Equal("libsecond.so", missing.Name);
        Assert.Equal(["/opt/a/libfirst.so"], missing.NeededBy);
        Assert.Equal("libfirst.so", Assert.Single(both.Missing).Name);
    }

    [Theory]
    [InlineData("$ORIGIN/../plugins")]
    [InlineData("${ORIGIN}/../plugins")]
    public void Origin_is_the_directory_of_the_program(string runPath)
    {
        LinkTree tree = LinkTree.Debian().Library("/opt/app/plugins/libp.so").Link("/usr/bin/app", "/opt/app/bin/app")
            .File("/opt/app/bin/app", Program(runPath, "libp.so"));

        Assert.Contains("/opt/app/plugins/libp.so", tree.Collect("/usr/bin/app").Paths());
    }

    [Fact]
    public void What_lies_relative_to_a_program_that_is_moved_moves_along()
    {
        LinkTree tree = LinkTree.Debian()
            .File("/home/me/build/app", Program("$ORIGIN/plugins", "libp.so", "libc.so.6"))
            .File("/home/me/build/plugins/libp.so", new ElfBuilder { RunPath = "$ORIGIN", Needed = ["libq.so"] }.ToArray())
            .Link("/home/me/build/plugins/libq.so", "libq.so.1")
            .Library("/home/me/build/plugins/libq.so.1");

        LinkResult result = tree.Collect("/home/me/build/app:/srv/bin/app");

        Assert.Equal(
            new[] { "/srv/bin/app", "/srv/bin/plugins/libp.so", "/srv/bin/plugins/libq.so" }.Concat(LibcOfDebian)
                .Order(StringComparer.Ordinal),
            result.Paths().Order(StringComparer.Ordinal));
        Assert.Equal(["needed by /srv/bin/plugins/libp.so"], result.Why("/srv/bin/plugins/libq.so"));
        Assert.Equal("srv/bin/app", result.Program?.Value);
    }

    [Fact]
    public void Lib_and_platform_are_those_of_the_dynamic_linker()
    {
        LinkTree tree = LinkTree.Debian()
            .Library("/opt/a/lib/x86_64-linux-gnu/libp.so").Library("/opt/b/x86_64/libq.so")
            .File("/usr/bin/app", Program("/opt/a/$LIB:/opt/b/${PLATFORM}", "libp.so", "libq.so"));

        Assert.Empty(tree.Collect("/usr/bin/app").Missing);
    }

    [Fact]
    public void A_library_of_another_architecture_is_passed_over()
    {
        LinkTree tree = LinkTree.Debian()
            .File("/opt/a/libp.so", new ElfBuilder { Is64 = false, Machine = 3, SoName = "libp.so" }.ToArray())
            .File("/opt/b/libp.so", "not a library")
            .Library("/opt/c/libp.so")
            .File("/usr/bin/app", Program("/opt/a:/opt/b:/opt/c", "libp.so"));

        Assert.Equal(["/opt/c/libp.so"], tree.Collect("/usr/bin/app").Paths().Where(path => path.StartsWith("/opt", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_library_that_is_loaded_already_satisfies_by_its_soname()
    {
        LinkTree tree = LinkTree.Debian()
            .File("/opt/a/libp.so", ElfBuilder.Library("libp.so.1"))
            .File("/usr/bin/app", Program("/opt/a", "libp.so", "libp.so.1"));

        LinkResult result = tree.Collect("/usr/bin/app");

        Assert.Empty(result.Missing);
    }

    [Fact]
    public void Without_a_cache_the_settings_say_where_libraries_are_and_the_image_gets_a_cache()
    {
        LinkTree tree = LinkTree.Debian()
            .File("/etc/ld.so.conf", "# all\ninclude /etc/ld.so.conf.d/*.conf\n/opt/last\n")
            .File("/etc/ld.so.conf.d/a.conf", "/opt/vendor/lib/\n")
            .Library("/opt/vendor/lib/libv.so.1", "libc.so.6").Library("/opt/last/libv.so.1")
            .Program("/usr/bin/app", "libv.so.1", "libc.so.6");

        LinkResult result = tree.Collect("/usr/bin/app");

        Assert.Contains("/opt/vendor/lib/libv.so.1", result.Paths());
        Assert.DoesNotContain("/opt/last/libv.so.1", result.Paths());
        LinkedFile cache = result.Tree.Files.Single(file => file.Entry.Path.Value == "etc/ld.so.cache");
        LdSoCache written = LdSoCache.Parse(((BytesContent)cache.Entry.Content!).Bytes.Span, isBigEndian: false);
        Assert.Equal(["/opt/vendor/lib/libv.so.1"], written.Find("libv.so.1"));
        Assert.Empty(written.Find("libc.so.6"));
        Assert.Equal(["says where /opt/vendor/lib/libv.so.1 is"], result.Why("/etc/ld.so.cache"));
    }

    [Fact]
    public void A_cache_leads_to_libraries_and_comes_before_the_default_directories()
    {
        LinkTree tree = LinkTree.Debian()
            .File("/etc/ld.so.cache", LdSoCacheBuilder.Write(("libv.so.1", "/opt/v/libv.so.1", 0)))
            .Library("/opt/v/libv.so.1").Library("/usr/lib/libv.so.1")
            .Program("/usr/bin/app", "libv.so.1");

        Assert.Contains("/opt/v/libv.so.1", tree.Collect("/usr/bin/app").Paths());
    }

    [Fact]
    public void A_damaged_cache_is_as_none()
    {
        LinkTree tree = LinkTree.Debian().File("/etc/ld.so.cache", "glibc-ld.so.cache1.1 and no more")
            .Library("/usr/lib/libv.so.1").Program("/usr/bin/app", "libv.so.1");

        Assert.Empty(tree.Collect("/usr/bin/app").Missing);
    }

    [Fact]
    public void Settings_that_include_themselves_are_refused() => Assert.Throws<ProfileException>(
        () => LinkTree.Debian().File("/etc/ld.so.conf", "include /etc/ld.so.conf\n").Program("/usr/bin/app", "libc.so.6")
            .Collect("/usr/bin/app"));

    [Fact]
    public void Musl_has_its_own_directories_and_no_file_for_libc()
    {
        LinkTree tree = new LinkTree()
            .Library("/lib/ld-musl-x86_64.so.1")
            .Library("/usr/local/lib/libz.so.1", "libc.musl-x86_64.so.1")
            .File("/usr/bin/app", new ElfBuilder
            {
                Interpreter = "/lib/ld-musl-x86_64.so.1",
                Needed = ["libz.so.1", "libc.musl-x86_64.so.1"],
            }.ToArray());

        LinkResult result = tree.Collect("/usr/bin/app");

        Assert.Empty(result.Missing);
        Assert.Equal(["/lib/ld-musl-x86_64.so.1", "/usr/bin/app", "/usr/local/lib/libz.so.1"], result.Paths());
    }

    [Fact]
    public void Musl_takes_its_directories_from_a_file_that_comes_along_then()
    {
        LinkTree tree = new LinkTree()
            .Library("/lib/ld-musl-x86_64.so.1").Library("/opt/lib/libz.so.1").Library("/lib/libz.so.1")
            .File("/etc/ld-musl-x86_64.path", "/opt/lib:/opt/more\n/lib\n")
            .File("/usr/bin/app", new ElfBuilder
            {
                Interpreter = "/lib/ld-musl-x86_64.so.1",
                Needed = ["libz.so.1"],
            }.ToArray());

        Assert.Equal(
            ["/etc/ld-musl-x86_64.path", "/lib/ld-musl-x86_64.so.1", "/opt/lib/libz.so.1", "/usr/bin/app"],
            tree.Collect("/usr/bin/app").Paths());
    }

    [Fact]
    public void Names_everything_that_is_missing_with_all_that_need_it()
    {
        LinkTree tree = LinkTree.Debian()
            .Library("/usr/lib/liba.so", "libgone.so.1")
            .Program("/usr/bin/app", "liba.so", "libgone.so.1", "libother.so");

        IReadOnlyList<MissingLibrary> missing = tree.Collect("/usr/bin/app").Missing;

        Assert.Equal(["libgone.so.1", "libother.so"], missing.Select(library => library.Name));
        Assert.Equal(["/usr/bin/app", "/usr/lib/liba.so"], missing[0].NeededBy);
        Assert.Contains("/usr/lib/x86_64-linux-gnu", missing[0].Searched);
    }

    [Fact]
    public void A_missing_interpreter_is_named() => Assert.Equal(
        "/lib64/ld-linux-x86-64.so.2",
        Assert.Single(new LinkTree().Program("/app", "libc.so.6").Collect("/app").Missing).Name);

    [Fact]
    public void Libraries_that_need_each_other_end()
    {
        LinkTree tree = LinkTree.Debian()
            .Library("/usr/lib/liba.so", "libb.so").Library("/usr/lib/libb.so", "liba.so", "libb.so")
            .Program("/usr/bin/app", "liba.so");

        Assert.Empty(tree.Collect("/usr/bin/app").Missing);
    }

    [Fact]
    public void A_chain_of_a_thousand_libraries_ends()
    {
        LinkTree tree = LinkTree.Debian().Program("/usr/bin/app", "lib0.so");
        for (int i = 0; i < 1000; i++)
        {
            tree.Library($"/usr/lib/lib{i}.so", i < 999 ? [$"lib{i + 1}.so"] : []);
        }

        Assert.Contains("/usr/lib/lib999.so", tree.Collect("/usr/bin/app").Paths());
    }

    [Fact]
    public void Links_in_circles_lead_to_nothing()
    {
        LinkTree tree = LinkTree.Debian().Link("/usr/lib/libx.so", "liby.so").Link("/usr/lib/liby.so", "libx.so")
            .Program("/usr/bin/app", "libx.so");

        Assert.Equal("libx.so", Assert.Single(tree.Collect("/usr/bin/app").Missing).Name);
    }

    [Fact]
    public void A_directory_comes_whole_and_its_plugins_bring_their_libraries()
    {
        LinkTree tree = LinkTree.Debian()
            .Program("/usr/bin/app", "libc.so.6")
            .Library("/usr/lib/app/plugin.so", "libonly.so.1", "libc.so.6", "libsibling.so")
            .File("/usr/lib/app/libsibling.so", ElfBuilder.Library("libsibling.so"))
            .File("/usr/lib/app/data/table.txt", "1 2 3")
            .Link("/usr/lib/app/latest", "data")
            .Library("/usr/lib/libonly.so.1");

        LinkResult result = tree.Collect("/usr/bin/app", "/usr/lib/app");

        Assert.Empty(result.Missing);
        Assert.Superset(
            new HashSet<string>
            {
                "/usr/lib/app/plugin.so", "/usr/lib/app/libsibling.so", "/usr/lib/app/data/table.txt",
                "/usr/lib/app/latest -> data", "/usr/lib/libonly.so.1",
            },
            result.Paths().ToHashSet());
        Assert.Equal(["in /usr/lib/app"], result.Why("/usr/lib/app/data/table.txt"));
    }

    [Fact]
    public void A_script_brings_its_interpreter()
    {
        LinkTree tree = LinkTree.Debian().Program("/usr/bin/env", "libc.so.6").Program("/usr/bin/tool", "libc.so.6")
            .File("/usr/bin/script", "#!/usr/bin/env tool\necho\n");

        LinkResult result = tree.Collect("/usr/bin/script");

        Assert.Equal([("/usr/bin/script", "/usr/bin/env"), ("/usr/bin/script", "/usr/bin/tool")], result.Scripts);
        Assert.Contains("/usr/lib/x86_64-linux-gnu/libc.so.6", result.Paths());
        Assert.Equal("usr/bin/script", result.Program?.Value);
    }

    [Fact]
    public void A_script_without_its_interpreter_is_said() => Assert.Contains(
        "/bin/nosuch",
        Assert.Throws<ResolveException>(
            () => LinkTree.Debian().File("/script", "#!/bin/nosuch -e\n").Collect("/script")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Two_architectures_are_refused()
    {
        LinkTree tree = LinkTree.Debian().Program("/a", "libc.so.6")
            .File("/b", new ElfBuilder { Machine = 183, Type = 2, IsDynamic = false }.ToArray());

        ProfileException error = Assert.Throws<ProfileException>(() => tree.Collect("/a", "/b"));

        Assert.Equal("the files are for more than one architecture: amd64 (/a), arm64 (/b)", error.Message);
    }

    [Fact]
    public void A_program_for_an_unknown_machine_is_refused() => Assert.Throws<ProfileException>(
        () => new LinkTree().File("/a", new ElfBuilder { Machine = 8, Is64 = false, Type = 2 }.ToArray()).Collect("/a"));

    [Fact]
    public void A_truncated_program_is_refused_by_name()
    {
        byte[] program = ElfBuilder.Program("libc.so.6");
        PackageFormatException error = Assert.Throws<PackageFormatException>(
            () => LinkTree.Debian().File("/usr/bin/app", program[..^8]).Collect("/usr/bin/app"));

        Assert.StartsWith("reading the ELF headers of /usr/bin/app: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_files_at_one_place_are_refused() => Assert.Contains(
        "/x",
        Assert.Throws<ProfileException>(
            () => new LinkTree().File("/a", "1").File("/b", "2").Collect("/a:/x", "/b:/x")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Files_below_a_link_of_the_image_lie_where_it_leads()
    {
        LinkTree tree = LinkTree.Debian().Program("/usr/bin/app", "libc.so.6").File("/data", "1");

        IReadOnlyList<string> paths = tree.Collect("/usr/bin/app", "/data:/lib/data").Paths();

        Assert.Contains("/usr/lib/data", paths);
        Assert.DoesNotContain("/lib/data", paths);
    }

    private static byte[] Program(string runPath, params string[] needed) => new ElfBuilder
    {
        Interpreter = "/lib64/ld-linux-x86-64.so.2",
        Needed = needed,
        RunPath = runPath,
    }.ToArray();
}
