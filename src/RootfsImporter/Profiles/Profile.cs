using System.Text.Json.Serialization;

namespace RootfsImporter.Profiles;

/// <summary>
/// What a distribution release is, merged from a profile file and all that it extends. A value: no stage changes it.
/// </summary>
public sealed record Profile
{
    /// <summary>The profile's name, which is its file name without extension: <c>ubuntu-24.04</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The variant that was asked for (<c>slim</c>), or null. Its settings are merged in already.</summary>
    public string? Variant { get; init; }

    /// <summary>The variants that the profile offers, by name; not empty for one loaded with a variant either.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    /// <summary>A title for people: <c>Ubuntu 24.04 LTS (Noble Numbat)</c>.</summary>
    public required string Title { get; init; }

    /// <summary>os-release ID: <c>ubuntu</c>, <c>debian</c>, <c>alpine</c>.</summary>
    public required string Distribution { get; init; }

    /// <summary>The release's version as people say it: <c>24.04</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The package family that builds it: <c>deb</c> or <c>apk</c>.</summary>
    public required string Family { get; init; }

    /// <summary>The suite or branch: <c>noble</c>, <c>bookworm</c>, <c>v3.20</c>.</summary>
    public required string Suite { get; init; }

    /// <summary>The last day of the distribution's free, standard support, or null when not announced.</summary>
    public DateOnly? EndOfLife { get; init; }

    /// <summary>The architectures that the distribution builds this release for and that we support.</summary>
    public required IReadOnlyList<Architecture> Architectures { get; init; }

    /// <summary>The archives by name; <c>main</c> always exists.</summary>
    public required IReadOnlyDictionary<string, Archive> Archives { get; init; }

    /// <summary>The pockets in order: release, updates, security.</summary>
    public required IReadOnlyList<Pocket> Pockets { get; init; }

    /// <summary>deb: components that packages are resolved from: <c>main</c>. Empty for apk, which has none.</summary>
    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>The keys of which one must have signed each index.</summary>
    public required IReadOnlyList<PinnedKey> Keys { get; init; }

    /// <summary>What packages belong to the base.</summary>
    public required PackageSelection Packages { get; init; }

    /// <summary>Image configuration.</summary>
    public required ImageSettings Image { get; init; }

    /// <summary>Which groups of seal rules apply.</summary>
    public required SealSettings Seal { get; init; }

    /// <summary>deb: who makes the top-level links of a merged /usr.</summary>
    public UsrMerge UsrMerge { get; init; }

    /// <summary>The image that this one stands on, or null for one that begins with nothing.</summary>
    public ProfileBase? Base { get; init; }

    /// <summary>Packages that are there while <see cref="Run"/> runs, as dependency terms, and gone from the layer.</summary>
    public IReadOnlyList<string> BuildOnly { get; init; } = [];

    /// <summary>Files copied into the image once its packages are configured, in order.</summary>
    public IReadOnlyList<CopiedFile> Files { get; init; } = [];

    /// <summary>Commands that run in the image after that, in order.</summary>
    public IReadOnlyList<RunCommand> Run { get; init; } = [];

    /// <summary>What is removed at the end.</summary>
    public Removal Remove { get; init; } = new();

    /// <summary>Whether packages are chosen and installed; an image on top of another need not do that.</summary>
    [JsonIgnore]
    public bool AddsPackages => Base is null || Packages.Include.Count + BuildOnly.Count > 0;

    /// <summary>Whether packages are installed or removed.</summary>
    [JsonIgnore]
    public bool ChangesPackages => AddsPackages || Remove.Packages.Count > 0;
}

/// <summary>The image that a derived one stands on: of a profile, which is built first, or from any place of images.</summary>
public sealed record ProfileBase
{
    /// <summary>As the profile names it: <c>ubuntu-24.04</c>, <c>docker://registry.example/base:1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The profile of the base, with its variant merged in; null for an image.</summary>
    public Profile? Profile { get; init; }

    /// <summary>The absolute directory that relative paths in the name start from: that of the file which names it.</summary>
    public string? Directory { get; init; }
}

/// <summary>A file or directory that is copied from beside the profile.</summary>
public sealed record CopiedFile
{
    /// <summary>Absolute path on the host of a regular file, a symbolic link or a directory, which is copied with all it holds.</summary>
    public required string Source { get; init; }

    /// <summary>Absolute path in the image; what is there is replaced, directories are merged.</summary>
    public required string Target { get; init; }

    /// <summary>Permission bits of the files; null: 0755 for those that their owner may execute, else 0644.</summary>
    public int? Mode { get; init; }

    /// <summary>Owner as <c>USER[:GROUP]</c>, each a number or a name that the image knows.</summary>
    public string Owner { get; init; } = "0:0";
}

/// <summary>A command of <c>run:</c>.</summary>
public sealed record RunCommand
{
    /// <summary>What <c>/bin/sh -e -c</c> is given.</summary>
    public required string Command { get; init; }

    /// <summary>Whether it sees the host's network.</summary>
    public bool HasNetwork { get; init; }
}

/// <summary>What is removed from an image.</summary>
public sealed record Removal
{
    /// <summary>Names of packages; each has to be there.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Absolute paths of files and directories; the last component may hold wildcards.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];
}

/// <summary>Who makes the links /bin, /sbin and /lib of a merged /usr.</summary>
public enum UsrMerge
{
    /// <summary>Nobody: /bin is a directory of its own (Ubuntu 16.04 and 18.04).</summary>
    None,

    /// <summary>The bootstrapper, before the first package, as debootstrap does (Ubuntu 20.04 and 22.04, Debian 12).</summary>
    Bootstrapped,

    /// <summary>The base-files package itself (Ubuntu 24.04, Debian 13 and later).</summary>
    Packaged,
}

/// <summary>A package archive: a root address that holds <c>dists/</c> and <c>pool/</c>, or Alpine's branches.</summary>
public sealed record Archive
{
    /// <summary>Its name in the profile: <c>main</c>, <c>security</c>, <c>ports</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Mirror addresses that the profile lists, tried in order; often none (see MirrorResolver).</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    /// <summary>
    /// For an archive that lies beside <c>main</c> on the same hosts: the last path segment that replaces main's
    /// (<c>debian-security</c> for <c>.../debian</c>); else null.
    /// </summary>
    public string? Beside { get; init; }

    /// <summary>The script name in debootstrap's <c>scripts/</c> that declares the default mirror, or null.</summary>
    public string? DebootstrapScript { get; init; }

    /// <summary>Only these architectures live here; null: all.</summary>
    public IReadOnlyList<Architecture>? Architectures { get; init; }
}

/// <summary>A pocket: one suite of one archive; for apk, one repository.</summary>
public sealed record Pocket
{
    /// <summary><c>release</c>, <c>updates</c>, <c>security</c>; for apk <c>main</c>, <c>community</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// deb: the directory under <c>dists/</c>, <c>noble-updates</c>. apk: the repository's directory, <c>v3.20/main</c>.
    /// </summary>
    public required string Suite { get; init; }

    /// <summary>The name of its archive: <c>main</c>.</summary>
    public string Archive { get; init; } = "main";

    /// <summary>
    /// apk: the tag without its <c>@</c> (apk-repositories(5)), or null. Packages of a tagged repository are chosen only
    /// where something asks for them by it: <c>redis@edge</c>.
    /// </summary>
    public string? Tag { get; init; }
}

/// <summary>An archive key, pinned by its full fingerprint.</summary>
/// <param name="Fingerprint">40 upper-case hexadecimal digits for OpenPGP; <c>SHA256:</c>-hex of the DER key for RSA.</param>
/// <param name="Path">The key file on disk, absolute.</param>
public sealed record PinnedKey(string Fingerprint, string Path)
{
    /// <summary>The architectures whose indexes it signs; null: all.</summary>
    public IReadOnlyList<Architecture>? Architectures { get; init; }
}

/// <summary>What becomes of the scripts in packages.</summary>
public enum PackageScripts
{
    /// <summary>They run in a sandbox without network, as the package manager runs them.</summary>
    Run,

    /// <summary>
    /// Nothing is executed, so that every architecture can be built on every host; apk: applet links are made from the lists
    /// that the packages hold, as Alpine makes its minirootfs.
    /// </summary>
    None,
}

/// <summary>Phased updates (apt-pkg policy.cc): which of them a resolve takes.</summary>
public enum PhasedUpdates
{
    /// <summary>Every phased update, as apt does in a chroot.</summary>
    Include,

    /// <summary>No update that is not fully phased.</summary>
    Exclude,

    /// <summary>All but the halted ones (0 %).</summary>
    ExcludeHalted,
}

/// <summary>What packages belong to the base.</summary>
public sealed record PackageSelection
{
    /// <summary>
    /// deb: take <c>Essential: yes</c> packages. False unless it is said for what stands on a base, which has them.
    /// </summary>
    public bool Essential { get; init; } = true;

    /// <summary>deb: take packages of these priorities: <c>required</c> (debootstrap's and mmdebstrap's minbase).</summary>
    public IReadOnlyList<string> Priorities { get; init; } = [];

    /// <summary>Further packages, as dependency terms: <c>apt</c>, <c>curl=8.5.0-2</c>, <c>hello (&gt;= 2)</c>.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Packages that must not be installed; a base that needs one is unsatisfiable.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Package name to the exact version that must be chosen.</summary>
    public IReadOnlyDictionary<string, string> Pin { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether Recommends are followed; false as debootstrap does.</summary>
    public bool Recommends { get; init; }

    /// <summary>
    /// apk: packages of which only the files under <c>/etc</c> and <c>/usr/lib</c> are put in and which are not recorded as
    /// installed, as Alpine's minirootfs has those of <c>alpine-release</c>.
    /// </summary>
    public IReadOnlyList<string> Extract { get; init; } = [];

    /// <summary>apk: whether package scripts run; deb has only <see cref="PackageScripts.Run"/>.</summary>
    public PackageScripts Scripts { get; init; }

    /// <summary>The phased-update policy; recorded in the result.</summary>
    public PhasedUpdates PhasedUpdates { get; init; }
}

/// <summary>Image configuration (OCI image-spec, config.md, "config").</summary>
public sealed record ImageSettings
{
    /// <summary>Default command.</summary>
    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary>Entry point; empty for none.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Environment as NAME=value, in order.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>Labels by key.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>User, or null.</summary>
    public string? User { get; init; }

    /// <summary>Working directory, or null.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>Volumes as absolute paths.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Exposed ports as <c>80/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];
}

/// <summary>Which groups of seal rules apply to a profile.</summary>
public sealed record SealSettings
{
    /// <summary>Write the docker apt and dpkg settings (policy-rc.d, docker-clean ...) into the image.</summary>
    public bool DockerSettings { get; init; } = true;

    /// <summary>Components named in the image's own apt sources; empty: those of the profile.</summary>
    public IReadOnlyList<string> SourceComponents { get; init; } = [];

    /// <summary>
    /// Further suites of the archive <c>main</c> in the image's own apt sources, which nothing is built from:
    /// <c>noble-backports</c>.
    /// </summary>
    public IReadOnlyList<string> SourceSuites { get; init; } = [];

    /// <summary>
    /// The mirror written into the image's own sources by archive name; absent: the distribution's canonical one.
    /// </summary>
    public IReadOnlyDictionary<string, Uri> ImageMirrors { get; init; } = new Dictionary<string, Uri>();

    /// <summary>dpkg path-exclude globs (dpkg(1)) applied to the layer and recorded in the image's dpkg settings.</summary>
    public IReadOnlyList<string> PathExclude { get; init; } = [];

    /// <summary>
    /// dpkg path-include globs. They are matched after <see cref="PathExclude"/>, and the last match wins as dpkg has
    /// it: what is included here stays.
    /// </summary>
    public IReadOnlyList<string> PathInclude { get; init; } = [];
}
