using System.Net.Sockets;

namespace RootfsImporter.Doctor;

/// <summary>What is not needed for a build, but for building for other machines and for delivering.</summary>
internal static class DeliveryChecks
{
    /// <summary>The checks in order; none of them is necessary.</summary>
    public static async Task<IReadOnlyList<HostCheck>> ExamineAsync(
        Host host, Remedy remedy, DoctorRequest request, CancellationToken cancellationToken) =>
    [
        CheckEmulation(host, remedy),
        New("oci:, dir:, archives, tar:", true, "files; need nothing"),
        await CheckDockerAsync(host, remedy, request.DockerHost, cancellationToken),
        CheckTool(host, remedy, "podman", "containers-storage: goes through it"),
        CheckTool(host, remedy, "buildah", "containers-storage: goes through it where podman is not"),
        CheckTool(host, remedy, "skopeo", "containers-storage: goes through it where podman and buildah are not"),
        CheckTool(host, remedy, "ctr", "containerd: goes through it"),
        await CheckContainerdAsync(host, remedy, request.ContainerdAddress, cancellationToken),
    ];

    private static HostCheck CheckEmulation(Host host, Remedy remedy)
    {
        const string Prefix = "qemu-";
        string directory = host.Below("/proc/sys/fs/binfmt_misc");
        string[] machines = !Directory.Exists(directory)
            ? []
            : [.. Directory.EnumerateFiles(directory, Prefix + "*")
                .Where(file => File.ReadAllText(file).StartsWith("enabled", StringComparison.Ordinal))
                .Select(file => Path.GetFileName(file)[Prefix.Length..])
                .Order(StringComparer.Ordinal)];
        return New("emulation", machines.Length > 0, machines.Length > 0
            ? $"binfmt_misc runs {string.Join(", ", machines)}"
            : "binfmt_misc runs no foreign machine; --arch needs one where scripts run (not for Alpine's minirootfs)") with
        {
            Area = HostDoctor.Foreign,
            Remedy = machines.Length > 0 ? null : remedy.Install("emulation"),
        };
    }

    private static async Task<HostCheck> CheckDockerAsync(
        Host host, Remedy remedy, Uri address, CancellationToken cancellationToken)
    {
        const string Name = "docker-daemon:";
        if (address.Scheme is not ("unix" or "tcp"))
        {
            return New(Name, false, $"DOCKER_HOST is {address}; only unix: and tcp: addresses can be spoken to") with
            {
                Remedy = "unset DOCKER_HOST",
            };
        }

        return await host.ConnectAsync(address, cancellationToken) switch
        {
            null => New(Name, true, $"a Docker Engine answers at {address}"),
            SocketError.AccessDenied => New(Name, false, $"{address} may not be used by {host.UserName}") with
            {
                Remedy = remedy.AsRoot($"usermod --append --groups docker {host.UserName}"),
            },
            SocketError error => New(Name, false, $"no Docker Engine answers at {address}{Words(error)}") with
            {
                Remedy = host.Find("dockerd") is null
                    ? remedy.Install("docker")
                    : remedy.AsRoot("systemctl start docker"),
            },
        };
    }

    private static async Task<HostCheck> CheckContainerdAsync(
        Host host, Remedy remedy, string address, CancellationToken cancellationToken)
    {
        const string Name = "containerd:";
        return await host.ConnectAsync(new Uri("unix://" + address), cancellationToken) switch
        {
            null => New(Name, true, $"a containerd answers at {address}"),
            SocketError.AccessDenied => New(Name, false, $"{address} may not be used by {host.UserName}; run as root"),
            SocketError error => New(Name, false, $"no containerd answers at {address}{Words(error)}") with
            {
                Remedy = host.Find("containerd") is null
                    ? remedy.Install("ctr")
                    : remedy.AsRoot("systemctl start containerd"),
            },
        };
    }

    private static string Words(SocketError error) => error switch
    {
        // ENOENT of connect(2) on a path.
        SocketError.AddressNotAvailable => ": there is no such socket",
        SocketError.ConnectionRefused => ": the connection was refused",
        SocketError.TimedOut => " within 5 seconds",
        _ => $" ({error})",
    };

    private static HostCheck CheckTool(Host host, Remedy remedy, string program, string use) =>
        host.Find(program) is string path
            ? New(program, true, path)
            : New(program, false, $"not found; {use}") with { Remedy = remedy.Install(program) };

    private static HostCheck New(string name, bool isThere, string found) => new()
    {
        Area = HostDoctor.Deliver,
        Name = name,
        Status = isThere ? CheckStatus.Ok : CheckStatus.Absent,
        Found = found,
    };
}
