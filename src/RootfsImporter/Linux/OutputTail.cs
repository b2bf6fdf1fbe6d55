using System.Text;

namespace RootfsImporter.Linux;

/// <summary>
/// Reads a program's output to its end, keeps the last bytes of it and hands out its lines. Memory is bounded however
/// much a program prints and however long its lines are.
/// </summary>
internal sealed class OutputTail(int maxBytes, Action<string>? line)
{
    private const int MaxLineBytes = 8 * 1024;

    private readonly Lock _lock = new();
    private readonly Lock _lineLock = new();
    private readonly List<byte> _line = [];
    private byte[] _tail = [];
    private bool _isCut;

    /// <summary>What is kept so far; begins at a line's start when something before it was dropped.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
            {
                ReadOnlySpan<byte> tail = _tail;
                return Encoding.UTF8.GetString(_isCut ? tail[(tail.IndexOf((byte)'\n') + 1)..] : tail);
            }
        }
    }

    /// <summary>Hands one line to the receiver; never two at a time.</summary>
    public void ReportLine(string text)
    {
        lock (_lineLock)
        {
            line?.Invoke(text);
        }
    }

    /// <summary>Reads until the end of the stream.</summary>
    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            Append(buffer.AsSpan(0, count));
        }

        End();
    }

    /// <summary>Takes what was read elsewhere.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Keep(bytes);
        SplitLines(bytes);
    }

    /// <summary>Hands out a last line that has no line break.</summary>
    public void End()
    {
        if (_line.Count > 0)
        {
            Report();
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            byte[] all = [.. _tail, .. bytes];
            _isCut |= all.Length > maxBytes;
            _tail = all.Length > maxBytes ? all[^maxBytes..] : all;
        }
    }

    private void SplitLines(ReadOnlySpan<byte> bytes)
    {
        if (line is null)
        {
            return;
        }

        foreach (byte b in bytes)
        {
            if (b == '\n' || _line.Count == MaxLineBytes)
            {
                Report();
            }

            if (b != '\n')
            {
                _line.Add(b);
            }
        }
    }

    private void Report()
    {
        string text = Encoding.UTF8.GetString([.. _line]);
        _line.Clear();
        ReportLine(text.TrimEnd('\r'));
    }
}
