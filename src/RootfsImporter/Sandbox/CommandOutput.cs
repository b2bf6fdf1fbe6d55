using System.Globalization;
using System.Text;
using RootfsImporter.Linux;

namespace RootfsImporter.Sandbox;

/// <summary>
/// Takes one command's output out of a stream that goes on with the next one's: it ends with <c>TOKEN CODE</c> and a
/// line break, wherever that stands in a line. The token is made anew for each command, so that none can print it.
/// </summary>
internal sealed class CommandOutput(string token, Action<string> line)
{
    private const int MaxOutputBytes = 64 * 1024;
    private const int MaxCodeBytes = 5; // a space, three digits, a line break

    private readonly byte[] _token = Encoding.ASCII.GetBytes(token);
    private readonly OutputTail _tail = new(MaxOutputBytes, line);
    private readonly List<byte> _held = [];

    /// <summary>
    /// The result when these bytes hold the end of the command, else null. Nothing is kept waiting but what may be the
    /// beginning of the end.
    /// </summary>
    /// <exception cref="InvalidDataException">No exit code follows the token.</exception>
    public SandboxResult? Append(ReadOnlySpan<byte> bytes)
    {
        _held.AddRange(bytes);
        byte[] held = [.. _held];
        int end = held.AsSpan().IndexOf(_token);
        int output = end >= 0 ? end : held.Length - HeldBack(held);
        _tail.Append(held.AsSpan(0, output));
        _held.RemoveRange(0, output);
        return end >= 0 ? TryFinish(held.AsSpan(end + _token.Length)) : null;
    }

    /// <summary>The length of the longest end of <paramref name="bytes"/> that the token begins with.</summary>
    private int HeldBack(ReadOnlySpan<byte> bytes)
    {
        int length = Math.Min(bytes.Length, _token.Length - 1);
        while (!bytes.EndsWith(_token.AsSpan(0, length)))
        {
            length--;
        }

        return length;
    }

    private SandboxResult? TryFinish(ReadOnlySpan<byte> code)
    {
        int lineBreak = code.IndexOf((byte)'\n');
        if (lineBreak < 0 && code.Length < MaxCodeBytes)
        {
            return null;
        }

        if (lineBreak is < 0 or >= MaxCodeBytes
            || !int.TryParse(
                code[..lineBreak], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out int exitCode))
        {
            throw new InvalidDataException("no exit code follows the end of a command's output");
        }

        _tail.End();
        return new SandboxResult(exitCode, _tail.Text);
    }
}
