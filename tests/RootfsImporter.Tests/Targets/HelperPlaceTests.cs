using RootfsImporter.Targets;
using RootfsImporter.TestData;

namespace RootfsImporter.Tests.Targets;

/// <summary>Places that are reached through programs: how they are written, and what is asked of the programs.</summary>
public sealed class HelperPlaceTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Log => _directory["log"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("containers-storage:Bad Name", "'Bad Name' is not an image name")]
    [InlineData("containers-storage:[/srv/store", "has no ']'")]
    [InlineData("containers-storage:[srv/store]a:1", "'[srv/store]' is not a store")]
    [InlineData("containers-storage:[]a:1", "'[]' is not a store")]
    [InlineData("containers-storage:[@/srv]a:1", "'[@/srv]' is not a store")]
    [InlineData("containers-storage:[/a+/b+/c]a:1", "is not a store")]
    [InlineData("containers-storage:[overlay@/a+/b:overlay.size=1]a:1", "is not a store")]
    [InlineData("containers-storage:[/srv/store]", "'' is not an image name")]
    [InlineData("containerd:ubuntu:24.04", "it has no namespace")]
    [InlineData("containerd:/ubuntu:24.04", "'' is not a namespace")]
    [InlineData("containerd:-a/ubuntu:24.04", "'-a' is not a namespace")]
    [InlineData("containerd:default/", "'' is not an image name")]
    [InlineData("containerd:default/a@sha256:0000000000000000000000000000000000000000000000000000000000000000", "is not an image name")]
    public void What_is_no_place_is_said(string text, string expected)
    {
        foreach (Action parse in (Action[])
            [() => Parse(text), () => TargetParser.ParseSource(text, TestImage.Defaults(_directory))])
        {
            ProfileException error = Assert.Throws<ProfileException>(parse);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.NotNull(error.Hint);
        }
    }

    [Theory]
    [InlineData("containers-storage:a:1", "none of podman, buildah and skopeo is installed", "install podman")]
    [InlineData("containerd:default/a:1", "the program ctr is not installed", "install containerd")]
    public async Task A_program_that_is_not_there_is_said(string text, string problem, string hint)
    {
        DeliveryException error = await Assert.ThrowsAsync<DeliveryException>(() => Parse(text).CheckAsync(Token));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
        FetchException unread = await Assert.ThrowsAsync<FetchException>(
            async () => await TargetParser.ParseSource(text, Defaults()).ReadAsync(Token));
        Assert.Contains($"cannot read {text}", unread.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_containerd_that_is_not_there_is_said()
    {
        AddProgram("ctr", "exit 1");
        DeliveryException error = await Assert.ThrowsAsync<DeliveryException>(
            () => Parse("containerd:default/a:1").CheckAsync(Token));
        Assert.Contains($"no containerd answers at {_directory["none.sock"]}", error.Message, StringComparison.Ordinal);
        Assert.Contains("CONTAINERD_ADDRESS", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "podman",
        "podman --root /srv/s --runroot /run/s --storage-driver vfs pull --quiet oci-archive:FILE",
        "podman --root /srv/s --runroot /run/s --storage-driver vfs tag ID docker.io/library/a:1 docker.io/library/a:2")]
    [InlineData(
        "buildah",
        "buildah --root /srv/s --runroot /run/s --storage-driver vfs pull --quiet oci-archive:FILE",
        "buildah --root /srv/s --runroot /run/s --storage-driver vfs tag ID docker.io/library/a:1 docker.io/library/a:2")]
    [InlineData(
        "skopeo",
        "skopeo copy --quiet oci-archive:FILE containers-storage:[vfs@/srv/s+/run/s]docker.io/library/a:1",
        "skopeo copy --quiet oci-archive:FILE containers-storage:[vfs@/srv/s+/run/s]docker.io/library/a:2")]
    public async Task The_image_is_loaded_then_named_then_looked_at(string program, string load, string name)
    {
        RootfsImporter.Oci.Image image = TestImage.Create(_directory, "a");
        string found = program == "skopeo" ? image.Descriptor.Digest.ToString() : image.ConfigDescriptor.Digest.Hex;
        AddProgram(program, $"case \"$*\" in *inspect*) echo {found};; esac");
        Delivery delivery = await Parse("containers-storage:[vfs@/srv/s+/run/s]a:1", "2")
            .DeliverAsync(RootfsImporter.Oci.ImageSet.Of(image), Token);

        string[] calls = [.. File.ReadAllLines(Log).Select(call => Anonymous(call, image))];
        Assert.Equal([load, name], calls[..2]);
        Assert.Equal(2, calls[2..].Count(call => call.Contains("inspect", StringComparison.Ordinal)));
        Assert.Equal(image.Descriptor, delivery.Descriptor);
        Assert.Equal($"image id {image.ConfigDescriptor.Digest}", delivery.Notes[0]);
        Assert.Equal("also tagged 2", delivery.Notes[1]);
        Assert.Equal(program == "skopeo" ? 2 : 3, delivery.Notes.Count);
        Assert.Empty(Directory.GetFiles(_directory["temporary"]));
    }

    [Fact]
    public async Task Another_image_under_the_name_is_an_error()
    {
        AddProgram("podman", "case \"$*\" in *inspect*) echo 0123;; esac");
        DeliveryException error = await DeliverAsync();
        Assert.Contains("it was loaded, but a:1 is 0123, not sha256:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_failing_program_says_is_told_and_nothing_is_left()
    {
        AddProgram("podman", "echo one >&2; echo two >&2; echo three >&2; echo the store is locked >&2; exit 125");
        DeliveryException error = await DeliverAsync();
        Assert.Equal(
            "cannot deliver to containers-storage:a:1: podman pull ended with exit status 125: "
            + "two; three; the store is locked",
            error.Message);
        Assert.Equal("see whether `podman images` works for this user", error.Hint);
        Assert.Empty(Directory.GetFiles(_directory["temporary"]));
    }

    [Fact]
    public async Task A_full_disk_is_told_from_other_failures()
    {
        AddProgram("podman", "echo 'Error: writing blob: No space left on device' >&2; exit 125");
        await Assert.ThrowsAsync<HostException>(DeliverToAsync);
    }

    [Fact]
    public async Task A_damaged_layer_is_never_handed_over()
    {
        AddProgram("podman", "exit 0");
        RootfsImporter.Oci.Image image = TestImage.Create(_directory, "a");
        File.WriteAllBytes(TestLayer.File(image.Layers[0]), new byte[image.Layers[0].Descriptor.Size]);
        await Assert.ThrowsAsync<DeliveryException>(
            () => Parse("containers-storage:a:1").DeliverAsync(RootfsImporter.Oci.ImageSet.Of(image), Token));
        Assert.False(File.Exists(Log));
        Assert.Empty(Directory.GetFiles(_directory["temporary"]));
    }

    private static string Anonymous(string call, RootfsImporter.Oci.Image image)
    {
        string text = call.Replace(image.ConfigDescriptor.Digest.Hex, "ID", StringComparison.Ordinal);
        int start = text.IndexOf("oci-archive:", StringComparison.Ordinal) + "oci-archive:".Length;
        int end = text.IndexOf(".tar", StringComparison.Ordinal);
        return end < 0 ? text : string.Concat(text.AsSpan(0, start), "FILE", text.AsSpan(end + ".tar".Length));
    }

    private Task<DeliveryException> DeliverAsync() => Assert.ThrowsAsync<DeliveryException>(DeliverToAsync);

    private Task DeliverToAsync() => Parse("containers-storage:a:1")
        .DeliverAsync(RootfsImporter.Oci.ImageSet.Of(TestImage.Create(_directory, "a")), Token);

    private ITarget Parse(string text, params string[] tags) =>
        TargetParser.Parse(text, Defaults() with { AdditionalTags = tags });

    private TargetDefaults Defaults()
    {
        Directory.CreateDirectory(_directory["temporary"]);
        return TestImage.Defaults(_directory) with
        {
            TemporaryDirectory = _directory["temporary"],
            ProgramEnvironment = new Dictionary<string, string>
            {
                ["PATH"] = _directory["bin"],
                ["CONTAINERD_ADDRESS"] = "unix://" + _directory["none.sock"],
            },
        };
    }

    /// <summary>A program that notes how it was called, and then does what it is told.</summary>
    private void AddProgram(string name, string script)
    {
        string path = _directory.Write($"bin/{name}", $"#!/bin/sh\necho \"{name} $*\" >> {Log}\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
