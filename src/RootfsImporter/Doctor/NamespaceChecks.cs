using System.Globalization;
using System.Text.RegularExpressions;
using RootfsImporter.Linux;

namespace RootfsImporter.Doctor;

/// <summary>Whether commands can be run inside a rootfs: as root, or as root of a user namespace.</summary>
internal static partial class NamespaceChecks
{
    /// <summary>The subordinate ids that a rootfs needs besides its root: every 16-bit id.</summary>
    public const long MinSubordinateIds = 65535;

    /// <summary>The first release whose unshare has <c>--map-auto</c>.</summary>
    private static readonly Version MapAutoVersion = new(2, 38);

    /// <summary>The arguments that enter a user namespace with every subordinate id mapped.</summary>
    public static IReadOnlyList<string> EnterArguments { get; } =
        ["--user", "--map-auto", "--map-root-user", "--mount", "--"];

    /// <summary>
    /// The checks in order. Those of a user namespace end with the first that is missing: the probes behind
    /// it would fail for the same reason, and some hang.
    /// </summary>
    public static async Task<IReadOnlyList<HostCheck>> ExamineAsync(
        Host host, Remedy remedy, CancellationToken cancellationToken)
    {
        List<HostCheck> checks = [CheckUnshare(host, remedy, await VersionAsync(host, cancellationToken))];
        if (checks[0].Status == CheckStatus.Missing)
        {
            return checks;
        }

        if (host.IsRoot)
        {
            return [.. checks, await CheckMountNamespaceAsync(host, cancellationToken)];
        }

        checks.Add(await CheckUserNamespaceAsync(host, remedy, cancellationToken));
        checks.Add(CheckMappers(host, remedy));
        checks.Add(CheckSubordinateIds(host, remedy, "uid"));
        checks.Add(CheckSubordinateIds(host, remedy, "gid"));
        if (checks.All(check => check.Status == CheckStatus.Ok))
        {
            checks.Add(await CheckMappingAsync(host, cancellationToken));
        }

        return checks;
    }

    private static async Task<Version?> VersionAsync(Host host, CancellationToken cancellationToken)
    {
        ChildResult? result = await host.RunAsync(host, ["unshare", "--version"], cancellationToken);
        return result is not null && VersionPattern().Match(result.Output) is { Success: true } match
            ? Version.Parse(match.Groups[1].ValueSpan)
            : null;
    }

    private static HostCheck CheckUnshare(Host host, Remedy remedy, Version? version)
    {
        HostCheck check = New("unshare", CheckStatus.Ok, $"util-linux {version}");
        if (host.Find("unshare") is null || version is null)
        {
            return check with
            {
                Status = CheckStatus.Missing,
                Found = "not the one of util-linux; every command inside a rootfs is started with it",
                Remedy = remedy.Install("unshare"),
            };
        }

        return host.IsRoot || version >= MapAutoVersion
            ? check
            : check with
            {
                Status = CheckStatus.Missing,
                Found = $"util-linux {version}; a user other than root needs 2.38 or newer (unshare --map-auto)",
                Remedy = "sudo rootfs-importer build PROFILE",
            };
    }

    private static async Task<HostCheck> CheckMountNamespaceAsync(Host host, CancellationToken cancellationToken)
    {
        ChildResult? result = await host.RunAsync(
            host, ["unshare", "--mount", "--pid", "--fork", "true"], cancellationToken);
        return result is { ExitCode: 0 }
            ? New("namespaces", CheckStatus.Ok, "running as root")
            : New("namespaces", CheckStatus.Missing,
                $"root, but without CAP_SYS_ADMIN ({LastLine(result)}); in a container, start it with --privileged "
                + "or --cap-add SYS_ADMIN");
    }

    private static async Task<HostCheck> CheckUserNamespaceAsync(
        Host host, Remedy remedy, CancellationToken cancellationToken)
    {
        // The plain form first: where user namespaces are refused, --map-auto leaves a helper behind that waits for
        // ever (util-linux 2.38).
        ChildResult? result = await host.RunAsync(
            host, ["unshare", "--user", "--map-root-user", "true"], cancellationToken);
        if (result is { ExitCode: 0 })
        {
            return New("user namespaces", CheckStatus.Ok, "allowed for this user");
        }

        (string Path, string Refusing, string Command)? cause = RefusingSetting(host);
        return New("user namespaces", CheckStatus.Missing, $"refused: {LastLine(result)}"
            + (cause is null ? "" : $" (sysctl {cause.Value.Path} is {cause.Value.Refusing})")) with
        {
            Remedy = cause is null
                ? "sudo rootfs-importer build PROFILE"
                : remedy.AsRoot($"sysctl -w {cause.Value.Path}={cause.Value.Command}"),
        };
    }

    private static (string Path, string Refusing, string Command)? RefusingSetting(Host host)
    {
        (string Path, string Refusing, string Command)[] settings =
        [
            ("kernel.unprivileged_userns_clone", "0", "1"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
            ("user.max_user_namespaces", "0", "15000"),
        ];
        foreach ((string Path, string Refusing, string Command) setting in settings)
        {
            if (host.ReadFile($"/proc/sys/{setting.Path.Replace('.', '/')}") == setting.Refusing)
            {
                return setting;
            }
        }

        return null;
    }

    private static HostCheck CheckMappers(Host host, Remedy remedy) =>
        host.Find("newuidmap") is not null && host.Find("newgidmap") is not null
            ? New("newuidmap", CheckStatus.Ok, "newuidmap and newgidmap")
            : New("newuidmap", CheckStatus.Missing, "newuidmap and newgidmap map the users of a rootfs") with
            {
                Remedy = remedy.Install("newuidmap"),
            };

    private static HostCheck CheckSubordinateIds(Host host, Remedy remedy, string kind)
    {
        string file = $"/etc/sub{kind}";
        long next = 100000;
        long count = 0;
        foreach (string line in (host.ReadFile(file) ?? "").Split('\n'))
        {
            if (line.Split(':') is not [string user, string first, string size]
                || !long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out long start)
                || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long length))
            {
                continue;
            }

            next = Math.Max(next, start + length);
            if (user == host.UserName || user == host.UserId.ToString(CultureInfo.InvariantCulture))
            {
                // --map-auto takes one range, not their sum.
                count = Math.Max(count, length);
            }
        }

        return count >= MinSubordinateIds
            ? New(file, CheckStatus.Ok, $"{count} ids for {host.UserName}")
            : New(file, CheckStatus.Missing, count == 0
                ? $"no ids for {host.UserName}; the users of a rootfs are mapped to them"
                : $"{count} ids for {host.UserName}, of 65536 that a rootfs needs") with
            {
                Remedy = remedy.AsRoot($"usermod --add-sub{kind}s {next}-{next + 65535} {host.UserName}"),
            };
    }

    private static async Task<HostCheck> CheckMappingAsync(Host host, CancellationToken cancellationToken)
    {
        ChildResult? result = await host.RunAsync(host, ["unshare", .. EnterArguments, "true"], cancellationToken);
        return result is { ExitCode: 0 }
            ? New("namespaces", CheckStatus.Ok, "root of a user namespace")
            : New("namespaces", CheckStatus.Missing,
                $"unshare {string.Join(' ', EnterArguments)} true: {LastLine(result)}") with
            {
                Remedy = "sudo rootfs-importer build PROFILE",
            };
    }

    private static string LastLine(ChildResult? result) => result is null
        ? "it could not be started"
        : result.ErrorOutput.TrimEnd() is { Length: > 0 } text
            ? text[(text.LastIndexOf('\n') + 1)..]
            : $"exit code {result.ExitCode}";

    private static HostCheck New(string name, CheckStatus status, string found) =>
        new() { Area = HostDoctor.Build, Name = name, Status = status, Found = found };

    [GeneratedRegex(@"util-linux (\d+\.\d+(?:\.\d+)?)")]
    private static partial Regex VersionPattern();
}
