namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>
/// Where the walk over the requests and dependencies stands. Immutable, so that turning back is taking up an old one.
/// </summary>
/// <param name="RequestIndex">The next request.</param>
/// <param name="RequestsAreDone">Whether the frames are in the order of the walk yet.</param>
/// <param name="Frame">The innermost package whose dependencies are being walked.</param>
internal sealed record DebAgenda(int RequestIndex, bool RequestsAreDone, DebFrame? Frame)
{
    /// <summary>Nothing done.</summary>
    public static DebAgenda Start { get; } = new(0, false, null);

    /// <summary>Puts the dependencies of a package that has just been taken on top.</summary>
    public DebAgenda Push(IReadOnlyList<DebClause> clauses) =>
        clauses.Count == 0 ? this : this with { Frame = new DebFrame(clauses, 0, Frame) };

    /// <summary>
    /// After the last request: its packages were piled up last on top, but are walked in the order of the requests.
    /// </summary>
    public DebAgenda FinishRequests()
    {
        DebFrame? reversed = null;
        for (DebFrame? frame = Frame; frame is not null; frame = frame.Below)
        {
            reversed = frame with { Below = reversed };
        }

        return this with { RequestsAreDone = true, Frame = reversed };
    }
}

/// <summary>The dependencies of one package, how many of them are done, and what is walked after them.</summary>
internal sealed record DebFrame(IReadOnlyList<DebClause> Clauses, int Index, DebFrame? Below);
