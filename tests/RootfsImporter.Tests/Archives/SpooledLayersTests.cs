using System.Text;
using RootfsImporter.Archives;
using RootfsImporter.Oci;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Archives;

/// <summary>The layers of an image read as one tree.</summary>
public sealed class SpooledLayersTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private static CancellationToken Stopped => TestContext.Current.CancellationToken;

    private static TarBytesEntry Directory(string name) => new(name, '5') { Mode = 0b111_101_101 };

    private static TarBytesEntry File(string name, string content = "") =>
        new(name, '0') { Content = Encoding.UTF8.GetBytes(content) };

    private static TarBytesEntry Link(char type, string name, string target) => new(name, type) { LinkName = target };

    private Layer Layer(params TarBytesEntry[] entries) =>
        TestLayer.FromTar(_temp, entries.Aggregate(new TarBytes(), (tar, entry) => tar.Add(entry)).ToArray());

    private Task<SpooledTree> ReadAsync(params Layer[] layers) =>
        SpooledTree.ReadLayersAsync(layers, new SpoolLimits { TemporaryDirectory = _temp.FullPath }, Stopped);

    private async Task<string> DescribeAsync(params Layer[] layers)
    {
        using SpooledTree read = await ReadAsync(layers);
        return string.Join(' ', SpooledTarTests.Describe(read.Tree).Split('\n').Skip(1)
            .Select(line => line.Split(' ') is [var kind, var path, _, _, .. var rest]
                ? $"{kind[0]}{path}{string.Concat(rest)}"
                : line));
    }

    [Theory]
    [InlineData("etc/.wh.a", "D/etc F/etc/b=2 F/etc/c=3")]
    [InlineData("etc/.wh..wh..opq", "D/etc F/etc/c=3")]
    [InlineData(".wh.etc", "D/etc F/etc/c=3")]
    [InlineData("etc/.wh.c", "D/etc F/etc/a=1 F/etc/b=2 F/etc/c=3")]
    [InlineData("none/.wh.a", "D/etc F/etc/a=1 F/etc/b=2 F/etc/c=3")]
    [InlineData("etc/.wh..wh.plnk", "D/etc F/etc/a=1 F/etc/b=2 F/etc/c=3")]
    [InlineData("etc/a/.wh.x", "D/etc F/etc/a=1 F/etc/b=2 F/etc/c=3")]
    public async Task Whiteouts_hide_what_is_below_and_never_their_own_layer(string whiteout, string expected)
    {
        Layer below = Layer(Directory("etc"), File("etc/a", "1"), File("etc/b", "2"));

        Assert.Equal(expected, await DescribeAsync(below, Layer(File(whiteout), File("etc/c", "3"))));
        Assert.Equal(expected, await DescribeAsync(below, Layer(File("etc/c", "3"), File(whiteout))));
    }

    [Fact]
    public async Task An_opaque_directory_hides_deep_content_and_keeps_its_own() => Assert.Equal(
        "D/d D/d/e F/d/e/new= F/x=",
        await DescribeAsync(
            Layer(File("d/e/old"), File("d/f/old"), File("x")), Layer(File("d/e/new"), File("d/.wh..wh..opq"))));

    [Fact]
    public async Task A_file_replaces_a_directory() => Assert.Equal(
        "F/d=new F/f=", await DescribeAsync(Layer(File("d/e/x"), File("f"), File("d/y")), Layer(File("d", "new"))));

    [Fact]
    public async Task Nothing_lies_in_a_file_of_an_earlier_layer()
    {
        Layer above = Layer(File("f/x"));
        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(Layer(File("f")), above));
        Assert.Contains("leads through 'f', which is no directory", refused.Message, StringComparison.Ordinal);
        Assert.Contains(above.Descriptor.Digest.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_replaces_a_file_and_updates_a_directory() => Assert.Equal(
        "D/a F/a/x= D/f F/f/y=",
        await DescribeAsync(Layer(File("a/x"), File("f")), Layer(Directory("a"), Directory("f"), File("f/y"))));

    [Fact]
    public async Task Hard_links_reach_earlier_layers_and_outlive_the_first_name() => Assert.Equal(
        "F/b=1 H/c->b",
        await DescribeAsync(Layer(File("a", "1")), Layer(Link('1', "b", "a"), Link('1', "c", "a"), File(".wh.a"))));

    [Theory]
    [InlineData("/etc", "etc")]
    [InlineData("../../../../etc", "etc")]
    [InlineData("b/./../etc", "etc")]
    public async Task What_lies_behind_a_link_of_an_earlier_layer_stays_in_the_root(string target, string real) => Assert.Equal(
        $"S/a->{target} D/{real} F/{real}/passwd=mine",
        (await DescribeAsync(Layer(Link('2', "a", target)), Layer(File("a/passwd", "mine")))).Replace("D/b ", "", StringComparison.Ordinal));

    [Fact]
    public async Task A_directory_in_place_of_a_link_replaces_it() => Assert.Equal(
        "D/etc F/etc/x= D/lib F/lib/y=",
        await DescribeAsync(
            Layer(Link('2', "lib", "etc"), File("etc/x")), Layer(Directory("lib"), File("lib/y"))));

    [Fact]
    public async Task Links_in_circles_are_refused()
    {
        Layer circle = Layer(Link('2', "a", "b"), Link('2', "b", "a"), File("a/x"));
        Assert.Contains(
            "circles", (await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(circle))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData("etc/.wh...")]
    [InlineData("etc/.wh..")]
    public async Task A_whiteout_of_nothing_that_can_be_is_refused(string name) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(Layer(Directory("etc"), File(name))));

    [Fact]
    public async Task A_layer_that_is_not_what_its_config_says_is_not_verified()
    {
        Layer good = Layer(File("a", "1"));
        Layer other = Layer(File("a", "2"));
        VerificationException refused = await Assert.ThrowsAsync<VerificationException>(
            () => ReadAsync(good, other with { DiffId = good.DiffId }));
        Assert.Contains(good.DiffId.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_layers_together_are_bounded_and_no_file_stays()
    {
        Layer big = Layer(File("a", new string('x', 20_000)));
        SpoolLimits limits = new() { TemporaryDirectory = _temp["spool"], MaxBytes = 30_000 };
        System.IO.Directory.CreateDirectory(limits.TemporaryDirectory);
        await Assert.ThrowsAsync<InvalidDataException>(() => SpooledTree.ReadLayersAsync([big, big], limits, Stopped));
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(limits.TemporaryDirectory));
        (await SpooledTree.ReadLayersAsync([big], limits, Stopped)).Dispose();
    }
}
