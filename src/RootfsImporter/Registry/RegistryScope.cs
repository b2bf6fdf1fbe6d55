namespace RootfsImporter.Registry;

/// <summary>What a request is going to do: a token is asked for exactly that (distribution, scope.md).</summary>
/// <param name="Repository">The repository.</param>
/// <param name="MayPush">Whether it is written to.</param>
/// <param name="MountFrom">Another repository that a blob is taken from, or null.</param>
internal sealed record RegistryScope(string Repository, bool MayPush, string? MountFrom = null)
{
    /// <summary>The scopes in the spelling of token services.</summary>
    public IReadOnlyList<string> Names =>
    [
        $"repository:{Repository}:{(MayPush ? "pull,push" : "pull")}",
        .. MountFrom is null ? (string[])[] : [$"repository:{MountFrom}:pull"],
    ];
}
