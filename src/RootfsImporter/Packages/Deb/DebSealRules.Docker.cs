using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Packages.Deb;

/// <content>
/// Settings for building on top of an image, known by these file names since the first Docker base images, so that
/// users and tools find them where they look.
/// </content>
internal static partial class DebSealRules
{
    private const int FileMode = 0b110_100_100;
    private const int ProgramMode = 0b111_101_101;
    private const string PolicyPath = "usr/sbin/policy-rc.d";

    private static readonly RootPath AptSettings = RootPath.Parse("etc/apt");
    private static readonly RootPath DpkgSettings = RootPath.Parse("etc/dpkg");
    private static readonly RootPath DpkgDatabase = RootPath.Parse("var/lib/dpkg");

    private static IReadOnlyList<SealRule> DockerSettings(Profile profile) =>
    [
        new SealRule.Add(RootPath.Parse(PolicyPath), ProgramMode, """
            #!/bin/sh
            # Asked by invoke-rc.d before it starts or stops a service: 101 means "not allowed". While an image is
            # built no service manager runs, and a package's installation must not fail for that. Remove this
            # file where services shall start.
            exit 101

            """)
        {
            Name = "docker-policy-rc.d",
            Why = "installing a package in an image build must not start its services",
            OnlyIf = DpkgDatabase,
        },
        new SealRule.Add(RootPath.Parse("etc/dpkg/dpkg.cfg.d/docker-apt-speedup"), FileMode, """
            # A build step that is interrupted starts again from the layer before it, so waiting until every unpacked
            # file is safely on disk costs time for nothing.
            force-unsafe-io

            """)
        {
            Name = "docker-apt-speedup",
            Why = "dpkg need not wait for the disk in a build that can be repeated",
            OnlyIf = DpkgSettings,
        },
        AptSetting("docker-clean", "downloaded packages and caches would stay in the layer of every build step", """
            // What apt downloads and caches would remain in the layer of the build step that ran it, so it is deleted
            // as each run ends. apt-get clean cannot be called here: apt holds the lock that it needs.
            DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
            APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
            Dir::Cache::pkgcache "";
            Dir::Cache::srcpkgcache "";

            """),
        AptSetting("docker-no-languages", "translated package descriptions are downloaded for nobody", """
            // Translated package descriptions are not downloaded. Delete this file to have them.
            Acquire::Languages "none";

            """),
        AptSetting("docker-gzip-indexes", "package indexes that a build step leaves behind stay small", """
            // Downloaded indexes stay compressed on disk, for the build steps that do not delete them.
            Acquire::GzipIndexes "true";

            """),
        AptSetting("docker-autoremove-suggests", "removing build tools again removes all that came with them", """
            // A package that was installed automatically can be removed automatically even when another package
            // merely suggests it: what a build step brought in, 'apt-get purge --auto-remove' takes away.
            Apt::AutoRemove::SuggestsImportant "false";

            """),
        .. profile.Distribution == "ubuntu"
            ? [AptSetting("docker-disable-periodic-update", "a container is updated by building its image anew", """
                // No background updates: a container gets its updates with a new image.
                APT::Periodic::Enable "0";

                """)]
            : (IReadOnlyList<SealRule>)[],
        .. Upstart(),
    ];

    private static SealRule.Add AptSetting(string name, string why, string text) =>
        new(RootPath.Parse($"etc/apt/apt.conf.d/{name}"), FileMode, text)
        {
            Name = name,
            Why = why,
            OnlyIf = AptSettings,
        };

    /// <summary>
    /// Replaces upstart's initctl (an option up to Ubuntu 16.04), which maintainer scripts call without asking policy-rc.d,
    /// by way of a diversion, so that an upgrade of upstart leaves the replacement in place.
    /// </summary>
    private static IReadOnlyList<SealRule> Upstart()
    {
        const string name = "docker-initctl";
        const string why = "upstart's control program fails where upstart does not run";
        var program = RootPath.Parse("sbin/initctl");
        var diverted = RootPath.Parse("sbin/initctl.distrib");
        var diversions = RootPath.Parse("var/lib/dpkg/diversions");
        return
        [
            new SealRule.Rewrite([diversions], (content, _) => AddDiversion(content, $"{program}\n{diverted}\n:\n"))
            {
                Name = name,
                Why = why,
                OnlyIf = program,
            },
            new SealRule.Move(program, diverted) { Name = name, Why = why, OnlyIf = diversions },
            new SealRule.Add(program, ProgramMode, """
                #!/bin/sh
                # Stands in for upstart's initctl, which is initctl.distrib now: no upstart runs in a container.
                exit 0

                """)
            {
                Name = name,
                Why = why,
                OnlyIf = diverted,
            },
        ];
    }

    /// <summary>Appends a diversion (original, new name, package or <c>:</c> for none) unless it is there.</summary>
    private static ReadOnlyMemory<byte> AddDiversion(ReadOnlyMemory<byte> content, string diversion)
    {
        byte[] added = Encoding.UTF8.GetBytes(diversion);
        return content.Span.IndexOf(added) >= 0 ? content : (byte[])[.. content.Span, .. added];
    }
}
