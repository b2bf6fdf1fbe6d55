namespace RootfsImporter.TestData;

/// <summary>What a <see cref="FakeRegistry"/> does wrong.</summary>
public abstract record FakeRegistryDefect
{
    private FakeRegistryDefect()
    {
    }

    /// <summary>Answers with a status, header lines and a body, and does nothing.</summary>
    public sealed record Status(int Code, string Body = "", params (string Name, string Value)[] Headers)
        : FakeRegistryDefect;

    /// <summary>Takes so many bytes of the request's body, keeps them if it is an upload, and hangs up.</summary>
    public sealed record CutRequest(long Bytes) : FakeRegistryDefect;

    /// <summary>Does what was asked, and hangs up instead of saying so.</summary>
    public sealed record SwallowAnswer : FakeRegistryDefect;

    /// <summary>Sends so many bytes of the body that it announced, and hangs up.</summary>
    public sealed record CutAnswer(int Bytes) : FakeRegistryDefect;

    /// <summary>Forgets the upload session.</summary>
    public sealed record LoseSession : FakeRegistryDefect;

    /// <summary>Names another digest in Docker-Content-Digest.</summary>
    public sealed record LieAboutDigest : FakeRegistryDefect;

    /// <summary>Sends something else of the same length.</summary>
    public sealed record WrongBody : FakeRegistryDefect;

    /// <summary>Sends the client elsewhere.</summary>
    public sealed record Redirect(Uri To) : FakeRegistryDefect;

    /// <summary>Answers later.</summary>
    public sealed record Slow(TimeSpan Delay) : FakeRegistryDefect;

    /// <summary>Sends the whole in spite of a Range.</summary>
    public sealed record NoRange : FakeRegistryDefect;
}
