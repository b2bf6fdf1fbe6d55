namespace RootfsImporter.Registry;

/// <summary>One request to a registry, which may have to be sent more than once.</summary>
/// <param name="Method">The method.</param>
/// <param name="Address">Relative to the registry's root, or absolute where the registry named it.</param>
/// <param name="What">What it is about, for messages: <c>the manifest of team/ubuntu:24.04</c>.</param>
internal sealed record RegistryRequest(HttpMethod Method, Uri Address, string What)
{
    /// <summary>What a token has to allow.</summary>
    public required RegistryScope Scope { get; init; }

    /// <summary>Makes the body, anew for each time that it is sent; null: none.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>The media types that are understood.</summary>
    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>The first byte that is wanted.</summary>
    public long Offset { get; init; }

    /// <summary>Whether temporary failures are tried again here; not where only the caller can know how to go on.</summary>
    public bool MayRepeat { get; init; } = true;
}
