using System.Net;
using System.Net.Http.Headers;

namespace RootfsImporter.Registry;

/// <summary>When something is tried again: so many times, with growing waits, or as long as the server says.</summary>
internal static class Retry
{
    /// <summary>Whether a status may pass.</summary>
    public static bool IsTemporary(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests
        or HttpStatusCode.RequestTimeout or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
        or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>How long a server asks to wait, or null.</summary>
    public static TimeSpan? AfterOf(HttpResponseMessage response, TimeProvider clock)
    {
        RetryConditionHeaderValue? after = response.Headers.RetryAfter;
        return after?.Delta ?? after?.Date - clock.GetUtcNow();
    }

    /// <summary>Does something until it succeeds, fails for good, or has failed often enough.</summary>
    public static async Task<T> RunAsync<T>(
        RegistryOptions options, Func<Task<T>> action, CancellationToken cancellationToken)
    {
        for (int failures = 0; ; failures++)
        {
            try
            {
                return await action();
            }
            catch (RegistryException e) when (WaitBefore(options, failures, e) is not null)
            {
                await Task.Delay(WaitBefore(options, failures, e)!.Value, options.TimeProvider, cancellationToken);
            }
        }
    }

    /// <summary>The wait before another attempt, or null when there is to be none.</summary>
    public static TimeSpan? WaitBefore(RegistryOptions options, int failures, RegistryException e)
    {
        if (e.Fault != RegistryFault.Temporary || failures >= options.RetryDelays.Count)
        {
            return null;
        }

        TimeSpan wait = options.RetryDelays[failures];
        return e.RetryAfter is not { } asked || asked <= wait ? wait : asked <= options.MaxRetryAfter ? asked : null;
    }
}
