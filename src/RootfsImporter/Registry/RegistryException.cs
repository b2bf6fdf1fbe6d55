namespace RootfsImporter.Registry;

/// <summary>What a failed request means for the next step.</summary>
internal enum RegistryFault
{
    /// <summary>Nothing listens there, or what listens is not to be talked to.</summary>
    Unreachable,

    /// <summary>The registry has no such thing.</summary>
    Missing,

    /// <summary>Not without credentials, or not with these.</summary>
    Denied,

    /// <summary>Trying again may help.</summary>
    Temporary,

    /// <summary>What came, or what was stored, is not what it has to be.</summary>
    WrongContent,

    /// <summary>Anything else that the registry does not do.</summary>
    Refused,
}

/// <summary>
/// One thing that a registry did not do, in words that name the registry and hold no secret. Does not leave the library:
/// targets and sources make of it what they promise to throw.
/// </summary>
internal sealed class RegistryException(
    RegistryFault fault, string message, string? hint = null, Exception? inner = null) : Exception(message, inner)
{
    public RegistryFault Fault { get; } = fault;

    /// <summary>What the user can do, or null.</summary>
    public string? Hint { get; } = hint;

    /// <summary>How long the registry asked to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>For something that was to be delivered.</summary>
    public DeliveryException ToDelivery(string target) => new($"cannot deliver to {target}: {Message}", Hint, this);

    /// <summary>For something that was to be read.</summary>
    public RootfsImporterException ToFetch(string source) => Fault == RegistryFault.WrongContent
        ? new VerificationException($"{source} is not what it should be: {Message}", Hint, this)
        : new FetchException($"cannot read {source}: {Message}", Hint, this);
}
