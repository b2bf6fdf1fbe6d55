namespace RootfsImporter.Doctor;

/// <summary>
/// Says what a host has and lacks for each way of building and delivering, with the command that mends it.
/// </summary>
internal static class HostDoctor
{
    /// <summary>The area of what every build needs.</summary>
    public const string Build = "build";

    /// <summary>The area of building for other machines.</summary>
    public const string Foreign = "foreign architectures";

    /// <summary>The area of delivering images.</summary>
    public const string Deliver = "deliver";

    /// <summary>Makes every check. Changes nothing on the host.</summary>
    public static async Task<DoctorReport> ExamineAsync(
        Host host, DoctorRequest request, CancellationToken cancellationToken)
    {
        Remedy remedy = new(host);
        return new DoctorReport(
        [
            .. await NamespaceChecks.ExamineAsync(host, remedy, cancellationToken),
            .. BuildChecks.Examine(host, remedy, request),
            .. await DeliveryChecks.ExamineAsync(host, remedy, request, cancellationToken),
        ]);
    }

    /// <summary>
    /// Makes the checks that decide whether this user can run commands inside a rootfs; throws
    /// <see cref="HostException"/> for the first that fails.
    /// </summary>
    public static async Task RequireNamespacesAsync(Host host, CancellationToken cancellationToken)
    {
        IReadOnlyList<HostCheck> checks =
            await NamespaceChecks.ExamineAsync(host, new Remedy(host), cancellationToken);
        if (checks.FirstOrDefault(check => check.Status == CheckStatus.Missing) is HostCheck missing)
        {
            throw new HostException(
                $"this user cannot build images here: {missing.Name}: {missing.Found}",
                missing.Remedy is null
                    ? "run as root, or see `rootfs-importer doctor`"
                    : $"run `{missing.Remedy}`, or see `rootfs-importer doctor`");
        }
    }
}
