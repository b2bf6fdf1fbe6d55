namespace RootfsImporter.Net;

/// <summary>What a failed transfer means for the next step.</summary>
internal enum TransferFault
{
    /// <summary>The mirror answered that it has no such file.</summary>
    Missing,

    /// <summary>Trying the same address again may help.</summary>
    Temporary,

    /// <summary>Only another mirror may help.</summary>
    Permanent,

    /// <summary>The mirror has a file, but not the right one.</summary>
    WrongContent,
}

/// <summary>One transfer from one address failed. Never leaves the library.</summary>
internal sealed class TransferException(
    TransferFault fault, string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
{
    public TransferFault Fault { get; } = fault;

    /// <summary>How long the server asked to wait, or null.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
