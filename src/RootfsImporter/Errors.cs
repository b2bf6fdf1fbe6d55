namespace RootfsImporter;

/// <summary>
/// The base of every error that a user can mend. The message says what was being done, to what, what was found and
/// what was expected; the hint says what to do about it. Anything else that escapes is a bug (exit code 1).
/// </summary>
public abstract class RootfsImporterException(string message, string? hint, Exception? inner)
    : Exception(message, inner)
{
    /// <summary>What the user can do, as one sentence without a full stop, or null.</summary>
    public string? Hint { get; } = hint;

    /// <summary>The process exit code for this class of error; stable across versions.</summary>
    public abstract int ExitCode { get; }
}

/// <summary>A profile, an option or a request is wrong (exit code 2).</summary>
public sealed class ProfileException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 2;
}

/// <summary>No set of packages satisfies the request, or libraries that programs need are missing (exit code 3).</summary>
public sealed class ResolveException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 3;
}

/// <summary>Something could not be fetched from any mirror (exit code 4).</summary>
public sealed class FetchException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 4;
}

/// <summary>A signature, a hash, a size or a date is not what it has to be (exit code 5).</summary>
public sealed class VerificationException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 5;
}

/// <summary>A package or an archive is malformed or hostile (exit code 6).</summary>
public sealed class PackageFormatException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 6;
}

/// <summary>A command inside the rootfs failed, or the host cannot run one (exit code 7).</summary>
public sealed class SandboxException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 7;
}

/// <summary>An image could not be delivered to a target (exit code 8).</summary>
public sealed class DeliveryException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 8;
}

/// <summary>The host has no space, memory or permission for the work (exit code 9).</summary>
public sealed class HostException(string message, string? hint = null, Exception? inner = null)
    : RootfsImporterException(message, hint, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => 9;
}
