namespace RootfsImporter.Doctor;

/// <summary>What a check of the host found.</summary>
internal enum CheckStatus
{
    /// <summary>It is there.</summary>
    Ok,

    /// <summary>It is not there, and something useful but not necessary needs it.</summary>
    Absent,

    /// <summary>It is not there, and no image can be built without it.</summary>
    Missing,
}

/// <summary>One thing that the host has or lacks.</summary>
internal sealed record HostCheck
{
    /// <summary>
    /// The way of building or delivering that needs it: <c>build</c>, <c>foreign architectures</c>,
    /// <c>deliver</c>.
    /// </summary>
    public required string Area { get; init; }

    /// <summary>What was looked for: <c>user namespaces</c>, <c>gpgv or sqv</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The outcome.</summary>
    public required CheckStatus Status { get; init; }

    /// <summary>What was found, and when it is lacking what needs it.</summary>
    public required string Found { get; init; }

    /// <summary>The one command that mends it, or null.</summary>
    public string? Remedy { get; init; }
}

/// <summary>Every check of a host.</summary>
/// <param name="Checks">In the order in which a build needs them.</param>
internal sealed record DoctorReport(IReadOnlyList<HostCheck> Checks)
{
    /// <summary>Whether images can be built here: nothing that is necessary is missing.</summary>
    public bool IsReady => Checks.All(check => check.Status != CheckStatus.Missing);
}

/// <summary>What a build on this host would use.</summary>
internal sealed record DoctorRequest
{
    /// <summary>Absolute path of the cache directory; need not exist yet.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>Absolute path of the directory for temporary trees; need not exist yet.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>The Docker Engine's address.</summary>
    public required Uri DockerHost { get; init; }

    /// <summary>Absolute path of containerd's socket.</summary>
    public string ContainerdAddress { get; init; } = "/run/containerd/containerd.sock";
}
