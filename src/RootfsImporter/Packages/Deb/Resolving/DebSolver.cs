namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>
/// Finds a set of packages that satisfies requests: a complete, conflict-driven search whose decisions are those of
/// apt, so that it gives apt's answer wherever apt has one, and turns back only where a choice fails.
/// </summary>
/// <remarks>
/// Like apt (depcache.cc, MarkInstall) it takes all requests first and then walks the dependencies depth first, in
/// the order of the fields, passes over what is satisfied already, and takes the first option that is possible.
/// Unlike a textbook solver it therefore does not take what is implied the moment it is, but when the walk gets
/// there: the order is what decides whether an earlier alternative is taken. When a choice fails, the clauses that
/// made it fail are resolved to the first unique implication point, as SAT solvers do (Marques-Silva and Sakallah,
/// GRASP), and the search goes on from where the lesson applies. A clause is made when its package is considered.
/// What is installed is taken right after the requests, as it is where that is possible: the walk then finds it there,
/// and a need that it does not fulfil is a failed choice, whose lesson is another version.
/// </remarks>
internal sealed partial class DebSolver
{
    private const int MaxConflicts = 50_000;

    private readonly List<DebClause> _requests;
    private readonly DebClauseSource _clauses;
    private readonly DebTrail _trail = new();
    private readonly Stack<DebAgenda> _savedAgendas = new();
    private DebAgenda _agenda = DebAgenda.Start;
    private int _conflicts;

    /// <summary>Prepares a search; <paramref name="followRecommends"/> adds Recommends where that is possible.</summary>
    public DebSolver(DebUniverse universe, IReadOnlyList<DebRequest> requests, bool followRecommends)
    {
        _clauses = new DebClauseSource(universe, followRecommends);
        _requests =
        [
            .. requests.Select(r => new DebClause.Requested(r, universe.RequestOptions(r.Relation))),
            .. universe.Installed.Select(p => new DebClause.Stays(p, universe.StayOptions(p.Name))),
        ];
    }

    /// <summary>Whether the search ended because it took too long, not because nothing was left to try.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>
    /// Searches. Returns null and the chosen packages, or the clauses that together cannot be satisfied.
    /// </summary>
    public IReadOnlyList<DebClause>? Solve(out IReadOnlyList<DebChosen> chosen)
    {
        DebClause? failed = null;
        while (true)
        {
            if (failed is not null)
            {
                chosen = [];
                HasGivenUp = ++_conflicts > MaxConflicts;
                if (HasGivenUp || !TryTurnBack(failed, out failed))
                {
                    return DebConflictAnalysis.Core(failed!, _trail);
                }
            }
            else if (NextClause() is { } clause)
            {
                failed = Satisfy(clause);
            }
            else if (!TryDemote() && !TryRenewSiblings())
            {
                chosen = Chosen();
                return null;
            }
        }
    }

    /// <summary>Takes the next clause off the agenda, or null when all are done.</summary>
    private DebClause? NextClause()
    {
        if (_agenda.RequestIndex < _requests.Count)
        {
            return _requests[_agenda.RequestIndex];
        }

        if (!_agenda.RequestsAreDone)
        {
            _agenda = _agenda.FinishRequests();
        }

        while (_agenda.Frame is { } frame && frame.Index == frame.Clauses.Count)
        {
            _agenda = _agenda with { Frame = frame.Below };
        }

        return _agenda.Frame is { } top ? top.Clauses[top.Index] : null;
    }

    private void Advance() => _agenda = _agenda.RequestIndex < _requests.Count
        ? _agenda with { RequestIndex = _agenda.RequestIndex + 1 }
        : _agenda with { Frame = _agenda.Frame! with { Index = _agenda.Frame.Index + 1 } };

    /// <summary>
    /// Makes a clause true by its first possible option. Returns a clause that has become false, or null.
    /// </summary>
    private DebClause? Satisfy(DebClause clause)
    {
        if (clause.Literals.Any(l => l.IsWanted && _trail.Value(l.Solvable) == true))
        {
            Advance();
            return null;
        }

        if (TryPromote(clause))
        {
            return null;
        }

        DebClause? broken = FindPossible(clause, out DebSolvable? first, out bool isOnly);
        if (broken is not null)
        {
            return broken;
        }

        bool isOptional = clause is DebClause.Needs { IsOptional: true };
        if (first is not null)
        {
            return Take(first, clause, isOnly && !isOptional);
        }

        if (!isOptional)
        {
            return clause;
        }

        Advance();
        return null;
    }

    /// <summary>
    /// Finds the first option that nothing speaks against, and whether a second one remains; rules out those in
    /// between. Returns a clause that has become false by that, or null.
    /// </summary>
    private DebClause? FindPossible(DebClause clause, out DebSolvable? first, out bool isOnly)
    {
        first = null;
        isOnly = true;
        foreach (DebLiteral literal in clause.Literals)
        {
            if (!literal.IsWanted || _trail.Value(literal.Solvable) == false)
            {
                continue;
            }

            if (Objection(literal.Solvable) is { } objection)
            {
                if (Assign(new DebLiteral(literal.Solvable, false), objection) is { } broken)
                {
                    return broken;
                }
            }
            else if (first is not null)
            {
                isOnly = false;
                return null;
            }
            else
            {
                first = literal.Solvable;
            }
        }

        return null;
    }

    private DebClause? Take(DebSolvable solvable, DebClause clause, bool isForced)
    {
        // What the lessons imply of the objections above may have decided the option meanwhile.
        if (_trail.Value(solvable) is not null)
        {
            return null;
        }

        if (!isForced)
        {
            _savedAgendas.Push(_agenda);
            _trail.Decide();
        }

        Advance();
        return Assign(new DebLiteral(solvable, true), isForced ? clause : null, clause);
    }

    /// <summary>The clause that forbids choosing a solvable now, or null.</summary>
    private DebClause? Objection(DebSolvable solvable)
    {
        foreach (DebClause rivalry in _clauses.Rivalries(solvable))
        {
            DebSolvable other = Other(rivalry, solvable);
            if (_trail.Value(other) == true)
            {
                return rivalry;
            }
        }

        foreach (DebClause.Needs need in _clauses.Needs(solvable))
        {
            if (!need.IsOptional && need.Options.All(o => _trail.Value(o) == false))
            {
                return need;
            }
        }

        return null;
    }

    /// <summary>
    /// Records a literal and all that the lessons make of it. Returns a clause that has become false, or null.
    /// </summary>
    private DebClause? Assign(DebLiteral literal, DebClause? reason, DebClause? cause = null)
    {
        Queue<(DebLiteral Literal, DebClause? Reason, DebClause? Cause)> queue = new();
        queue.Enqueue((literal, reason, cause ?? reason));
        while (queue.TryDequeue(out (DebLiteral Literal, DebClause? Reason, DebClause? Cause) next))
        {
            bool? value = _trail.Value(next.Literal.Solvable);
            if (value is not null)
            {
                if (value != next.Literal.IsWanted)
                {
                    return next.Reason;
                }

                continue;
            }

            DebClause? objection = next.Literal.IsWanted ? Objection(next.Literal.Solvable) : null;
            _trail.Record(next.Literal, next.Reason, next.Cause);
            if (objection is not null)
            {
                return objection;
            }

            if (next.Literal.IsWanted)
            {
                foreach (DebClause rivalry in _clauses.Rivalries(next.Literal.Solvable))
                {
                    queue.Enqueue((new DebLiteral(Other(rivalry, next.Literal.Solvable), false), rivalry, rivalry));
                }

                _agenda = _agenda.Push(_clauses.Needs(next.Literal.Solvable));
            }

            foreach (DebClause.Learned lesson in _trail.LessonsOf(next.Literal.Solvable))
            {
                if (_trail.UnitOf(lesson, out DebLiteral unit))
                {
                    queue.Enqueue((unit, lesson, lesson));
                }
                else if (_trail.IsFalse(lesson))
                {
                    return lesson;
                }
            }
        }

        return null;
    }

    /// <summary>Learns from a failure and goes back to where the lesson is news; false when it is final.</summary>
    private bool TryTurnBack(DebClause failed, out DebClause? next)
    {
        next = failed;
        int level = failed.Literals.Count == 0 ? 0 : failed.Literals.Max(l => _trail.Level(l.Solvable));
        if (level == 0)
        {
            return false;
        }

        BackTo(level);
        DebClause.Learned lesson = DebConflictAnalysis.Learn(failed, _trail, out DebLiteral asserted, out int backTo);
        BackTo(backTo);
        _trail.Remember(lesson);
        next = Assign(asserted, lesson);
        return true;
    }

    private void BackTo(int level)
    {
        while (_trail.CurrentLevel > level)
        {
            _trail.UndoLevel();
            _agenda = _savedAgendas.Pop();
        }
    }

    private List<DebChosen> Chosen()
    {
        List<DebChosen> chosen = [];
        foreach (DebSolvable solvable in _trail.Wanted())
        {
            if (solvable.Package.IsInstalled)
            {
                continue;
            }

            DebRequest? request = _requests.OfType<DebClause.Requested>()
                .FirstOrDefault(r => r.Options.FirstOrDefault(o => _trail.Value(o) == true) == solvable)?.Request;
            chosen.Add(new DebChosen(solvable, request, request is null ? Need(solvable) : null)
            {
                Rival = request is null ? Rival(solvable) : null,
                IsSibling = _siblings.Contains(solvable.Name),
            });
        }

        return chosen;
    }

    private static DebSolvable Other(DebClause rivalry, DebSolvable one) =>
        rivalry.Literals[0].Solvable == one ? rivalry.Literals[1].Solvable : rivalry.Literals[0].Solvable;
}

/// <summary>A chosen package, and why: the request that it fulfils, or else the need.</summary>
internal sealed record DebChosen(DebSolvable Solvable, DebRequest? Request, DebClause.Needs? Need)
{
    /// <summary>What the installed version, in whose place this one comes, cannot be with; or null.</summary>
    public DebSolvable? Rival { get; init; }

    /// <summary>Whether it was preferred because another package of its source was chosen.</summary>
    public bool IsSibling { get; init; }
}
