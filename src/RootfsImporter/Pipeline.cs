namespace RootfsImporter;

/// <summary>The stages in order: a build from request to result.</summary>
public static class Pipeline
{
    /// <summary>
    /// Runs a build. Throws a <see cref="RootfsImporterException"/> for what a user can mend; on failure or
    /// cancellation no mount, process or temporary file is left, and targets hold what they held before.
    /// </summary>
    public static Task<BuildResult> BuildAsync(
        BuildRequest request, IProgress<BuildEvent> events, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{request} {events} {cancellationToken}");
}
