using System.Net;
using System.Text;
using RootfsImporter.Net;
using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Bootstrapping;
using RootfsImporter.Profiles;
using RootfsImporter.Signing;

namespace RootfsImporter.Tests.Packages.Deb.Bootstrapping;

/// <summary>How the outside programs are called for a profile.</summary>
public sealed class BootstrapCommandTests
{
    [Fact]
    public void Mmdebstrap_is_told_all_pockets_of_Debian_and_merges_usr_its_own_way() => Assert.Equal(
        """
        --mode=root
        --format=directory
        --variant=minbase
        --architectures=amd64
        --include=apt,usr-is-merged
        --aptopt=APT::Sandbox::User "root"
        --aptopt=APT::Get::Always-Include-Phased-Updates "true"
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr
        bookworm
        /build/rootfs
        deb [signed-by=/build/scratch/keyring.gpg] http://mirror.example/main/ bookworm main
        deb [signed-by=/build/scratch/keyring.gpg] http://mirror.example/main/ bookworm-updates main
        deb [signed-by=/build/scratch/keyring.gpg] http://mirror.example/security/ bookworm-security main
        """.Split('\n'),
        new Mmdebstrap().Command(Request("debian-12")).Arguments);

    [Fact]
    public void Debootstrap_is_told_of_the_release_and_says_what_is_missing()
    {
        BootstrapCommand command = new Debootstrap().Command(Request("debian-12"));

        Assert.Equal(
            """
            --variant=minbase
            --arch=amd64
            --components=main
            --include=apt,usr-is-merged
            --merged-usr
            --force-check-gpg
            --keyring=/build/scratch/keyring.gpg
            bookworm
            /build/rootfs
            http://mirror.example/main
            /usr/share/debootstrap/scripts/sid
            """.Split('\n'),
            command.Arguments);
        Assert.Equal(
            [
                "debootstrap reads one suite, bookworm: nothing comes from bookworm-updates, bookworm-security, security "
                    + "updates included",
            ],
            command.Warnings);
    }

    [Theory]
    [InlineData("ubuntu-18.04", "amd64", null, "--no-merged-usr")]
    [InlineData(
        "ubuntu-22.04", "arm64",
        "--setup-hook=for d in bin sbin lib; do mkdir -p \"$1/usr/$d\" && ln -s \"usr/$d\" \"$1/$d\"; done", "--merged-usr")]
    [InlineData("ubuntu-24.04", "amd64", null, "--merged-usr")]
    public void Usr_is_merged_as_the_release_has_it(string profile, string architecture, string? hook, string option)
    {
        BootstrapRequest request = Request(profile, architecture: architecture);

        IReadOnlyList<string> arguments = new Mmdebstrap().Command(request).Arguments;

        Assert.Equal(hook, arguments.SingleOrDefault(argument => argument.Contains("hook", StringComparison.Ordinal)));
        Assert.Contains(option, new Debootstrap().Command(request).Arguments);
    }

    [Fact]
    public void Only_the_pinned_keys_of_the_profile_are_in_the_keyring()
    {
        BootstrapRequest request = Request("debian-12");

        byte[] expected = [.. request.Profile.Keys.SelectMany(key => KeyFile.Read(key.Path))];

        Assert.Equal(2, request.Profile.Keys.Count);
        Assert.Equal(expected, new Mmdebstrap().Command(request).Files["keyring.gpg"]);
        Assert.Equal(expected, new Debootstrap().Command(request).Files["keyring.gpg"]);
    }

    [Fact]
    public void What_is_asked_for_excluded_and_pinned_is_passed_on_as_far_as_it_can_be()
    {
        BootstrapRequest request = Request("debian-12", packages => packages with
        {
            Include = ["apt", "curl=7.88.1-10", "bash (= 5.2-1)"],
            Exclude = ["usrmerge", "vim"],
            Pin = new Dictionary<string, string> { ["zlib1g"] = "1:1.2.13" },
            PhasedUpdates = PhasedUpdates.Exclude,
            Recommends = true,
        });

        BootstrapCommand command = new Mmdebstrap().Command(request);

        Assert.Contains("--include=apt,curl=7.88.1-10,bash=5.2-1", command.Arguments);
        Assert.Contains("--aptopt=APT::Get::Never-Include-Phased-Updates \"true\"", command.Arguments);
        Assert.Contains("--aptopt=APT::Install-Recommends \"true\"", command.Arguments);
        Assert.Contains(
            "--setup-hook=mkdir -p \"$1/etc/apt/preferences.d\" && "
                + "cp /build/scratch/preferences \"$1/etc/apt/preferences.d/99mmdebstrap\"",
            command.Arguments);
        Assert.Equal(
            """
            Package: zlib1g
            Pin: version 1:1.2.13
            Pin-Priority: 1001

            Package: usrmerge
            Pin: release *
            Pin-Priority: -1

            Package: vim
            Pin: release *
            Pin-Priority: -1


            """,
            Encoding.UTF8.GetString(command.Files["preferences"]));
        Assert.Contains(
            "--exclude=usrmerge,vim",
            new Debootstrap().Command(Request("debian-12", packages => packages with { Exclude = ["usrmerge", "vim"] })).Arguments);
    }

    [Theory]
    [InlineData("", "--variant=essential", null)]
    [InlineData("required", "--variant=minbase", "--variant=minbase")]
    [InlineData("important required", "--variant=important", "--arch=amd64")]
    [InlineData("required important standard", "--variant=standard", null)]
    [InlineData("standard", null, null)]
    public void Priorities_are_variants(string priorities, string? mmdebstrap, string? debootstrap)
    {
        BootstrapRequest request = Request("debian-12", packages => packages with
        {
            Priorities = priorities.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        });

        IsFirst(mmdebstrap, 2, new Mmdebstrap(), request);
        IsFirst(debootstrap, 0, new Debootstrap(), request);
    }

    [Theory]
    [InlineData("debootstrap", "be asked for 'curl=1'", "curl=1")]
    [InlineData("debootstrap", "be asked for 'a | b'", "a | b")]
    [InlineData("mmdebstrap", "be asked for 'a | b'", "a | b")]
    [InlineData("mmdebstrap", "be asked for 'hello (>= 2)'", "hello (>= 2)")]
    [InlineData("mmdebstrap", "be asked for 'perl:any'", "perl:any")]
    public void A_term_that_a_program_has_no_words_for_is_refused(string program, string message, string term) =>
        IsRefused(program, message, Request("debian-12", packages => packages with { Include = ["apt", term] }));

    public static TheoryData<string, string, PackageSelection> Refused { get; } = new()
    {
        { "mmdebstrap", "leave essential packages out", new PackageSelection { Essential = false } },
        { "mmdebstrap", "tell halted updates", Minbase with { PhasedUpdates = PhasedUpdates.ExcludeHalted } },
        { "mmdebstrap", "be told of 'a b'", Minbase with { Exclude = ["a b"] } },
        { "mmdebstrap", "be told of '1\n2'", Minbase with { Pin = new Dictionary<string, string> { ["a"] = "1\n2" } } },
        { "debootstrap", "pin versions (a)", Minbase with { Pin = new Dictionary<string, string> { ["a"] = "1" } } },
        { "debootstrap", "follow recommendations", Minbase with { Recommends = true } },
        { "debootstrap", "look at phases", Minbase with { PhasedUpdates = PhasedUpdates.Exclude } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_program_cannot_do_is_refused(string program, string message, PackageSelection packages) =>
        IsRefused(program, message, Request("debian-12", _ => packages));

    [Theory]
    [InlineData("mmdebstrap")]
    [InlineData("debootstrap")]
    public void A_password_is_not_passed_as_an_argument(string program)
    {
        BootstrapRequest request = Request("debian-12", mirror: "http://user:secret@mirror.example/");

        ProfileException error = Assert.Throws<ProfileException>(() => Of(program).Command(request));

        Assert.StartsWith("the mirror http://mirror.example/main/ has a password", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mmdebstrap")]
    [InlineData("debootstrap")]
    public void A_directory_that_would_be_read_as_something_else_is_refused(string program)
    {
        BootstrapRequest request = Request("debian-12") with { Scratch = "/build/a b" };

        ProfileException error = Assert.Throws<ProfileException>(() => Of(program).Command(request));

        Assert.StartsWith($"{program} cannot work in /build/a b:", error.Message, StringComparison.Ordinal);
        Assert.Equal("name another --work-dir", error.Hint);
    }

    [Fact]
    public void Nothing_of_the_users_environment_is_passed()
    {
        IReadOnlyDictionary<string, string> environment = new Mmdebstrap().Command(Request("debian-12")).Environment;

        Assert.Equal(
            ["DEBCONF_NONINTERACTIVE_SEEN", "DEBIAN_FRONTEND", "HOME", "LC_ALL", "SOURCE_DATE_EPOCH", "TMPDIR"],
            environment.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("C", environment["LC_ALL"]);
        Assert.Equal("1700000000", environment["SOURCE_DATE_EPOCH"]);
        Assert.Equal("/build/scratch", environment["HOME"]);
    }

    [Fact]
    public void The_proxy_is_passed_with_its_password_and_its_exceptions()
    {
        BootstrapRequest request = Request("debian-12") with
        {
            Proxy = new WebProxy("http://proxy.example:3128", false, [], new NetworkCredential("u", "p@ss")),
        };
        WebProxy bypassing = new("http://proxy.example:3128", false, ["mirror\\.example"]);

        IReadOnlyDictionary<string, string> through = new Debootstrap().Command(request).Environment;
        IReadOnlyDictionary<string, string> around =
            new Debootstrap().Command(request with { Proxy = bypassing }).Environment;

        Assert.Equal("http://u:p%40ss@proxy.example:3128/", through["http_proxy"]);
        Assert.Equal("", through["no_proxy"]);
        Assert.DoesNotContain("http_proxy", around.Keys);
    }

    [Fact]
    public void A_local_mirror_is_copied_from() => Assert.Contains(
        "deb [signed-by=/build/scratch/keyring.gpg] copy:///srv/main/ bookworm main",
        new Mmdebstrap().Command(Request("debian-12", mirror: "file:///srv/")).Arguments);

    private static PackageSelection Minbase => new() { Priorities = ["required"], Include = ["apt"] };

    private static IBootstrapper Of(string program) => program == "mmdebstrap" ? new Mmdebstrap() : new Debootstrap();

    private static void IsFirst(string? expected, int position, IBootstrapper program, BootstrapRequest request)
    {
        if (expected is null)
        {
            Assert.Throws<ProfileException>(() => program.Command(request));
        }
        else
        {
            Assert.Equal(expected, program.Command(request).Arguments[position]);
        }
    }

    private static void IsRefused(string program, string message, BootstrapRequest request)
    {
        ProfileException error = Assert.Throws<ProfileException>(() => Of(program).Command(request));

        Assert.StartsWith($"{program} cannot {message}", error.Message, StringComparison.Ordinal);
        Assert.Contains("--engine", error.Hint, StringComparison.Ordinal);
    }

    private static BootstrapRequest Request(
        string name, Func<PackageSelection, PackageSelection>? change = null, string architecture = "amd64",
        string mirror = "http://mirror.example/")
    {
        Profile profile = ProfileLoader.Load(name, null, [Path.Combine(Checkout.Root, "distros")]);
        Architecture parsed = Architecture.Parse(architecture);
        return new BootstrapRequest
        {
            Profile = profile with { Packages = (change ?? (packages => packages))(profile.Packages) },
            Architecture = parsed,
            Repositories = RepositoryPlan.Create(
                profile, parsed,
                profile.Archives.Keys.ToDictionary(
                    archive => archive, archive => new ArchiveMirrors([new($"{mirror}{archive}/")], new("http://canonical.example/")))),
            SourceDateEpoch = 1_700_000_000,
            Root = "/build/rootfs",
            Scratch = "/build/scratch",
        };
    }
}
