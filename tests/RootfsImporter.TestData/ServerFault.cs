namespace RootfsImporter.TestData;

/// <summary>What a <see cref="StaticServer"/> does wrong on one request.</summary>
public abstract record ServerFault
{
    private ServerFault()
    {
    }

    /// <summary>Answers with a status and further header lines (<c>Retry-After: 1</c>), without a body.</summary>
    public sealed record Status(int Code, params string[] Headers) : ServerFault;

    /// <summary>Announces the whole, sends this many bytes of it, and closes the connection.</summary>
    public sealed record CutAfter(int Bytes) : ServerFault;

    /// <summary>Sends this many bytes of the body and then nothing more, keeping the connection open.</summary>
    public sealed record StallAfter(int Bytes) : ServerFault;

    /// <summary>Sends something else, without announcing its length.</summary>
    public sealed record Instead(byte[] Content) : ServerFault;

    /// <summary>Ignores the Range header and sends the whole.</summary>
    public sealed record NoRange : ServerFault;

    /// <summary>Closes the connection without an answer.</summary>
    public sealed record Hangup : ServerFault;
}
