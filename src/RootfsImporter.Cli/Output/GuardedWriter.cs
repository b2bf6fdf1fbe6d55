using System.Text;

namespace RootfsImporter.Cli.Output;

/// <summary>
/// A standard stream of which a failure is said in its own way. It is opened by the first write: one that was
/// closed by whoever started the program cannot be.
/// </summary>
/// <param name="open">The stream.</param>
/// <param name="onFailure">What happens when something could not be written: it may throw.</param>
internal sealed class GuardedWriter(Func<TextWriter> open, Action<Exception> onFailure) : TextWriter
{
    private readonly Lazy<TextWriter> _writer = new(open, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Standard output: a result that is lost is a result that was not delivered.</summary>
    public static GuardedWriter Output(Func<TextWriter> open) => new(
        open,
        e => throw new DeliveryException(
            // EBADF is an access that is denied, to the runtime.
            "the result could not be written to standard output: "
            + (e is UnauthorizedAccessException ? "it is closed" : e.Message),
            "check where standard output goes", e));

    /// <summary>Standard error: messages that nobody can read do not end a build.</summary>
    public static GuardedWriter Error(Func<TextWriter> open) => new(open, _ => { });

    /// <inheritdoc/>
    public override void Write(char value) => Guard(writer => writer.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) =>
        Guard(writer => writer.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Guard(writer => writer.Write(value));

    /// <inheritdoc/>
    public override void WriteLine() => Guard(writer => writer.WriteLine());

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Guard(writer => writer.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Guard(writer => writer.Flush());

    private void Guard(Action<TextWriter> write)
    {
        try
        {
            write(_writer.Value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            onFailure(e);
        }
    }
}
