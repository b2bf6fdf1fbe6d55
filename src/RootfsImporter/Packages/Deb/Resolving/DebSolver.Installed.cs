namespace RootfsImporter.Packages.Deb.Resolving;

/// <content>What is installed already: when another version of it is preferred, and why one came.</content>
internal sealed partial class DebSolver
{
    private readonly HashSet<string> _promoted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _demoted = new(StringComparer.Ordinal);

    /// <summary>
    /// Where there is a choice, apt rather takes a newer version of what is installed than something new: goes back to where
    /// the installed one was taken, and prefers its candidate from there on. True when it did.
    /// </summary>
    private bool TryPromote(DebClause clause)
    {
        if (clause is not DebClause.Needs { Options: { } options, IsOptional: var isOptional }
            || (options.Count < 2 && !isOptional))
        {
            return false;
        }

        foreach (DebSolvable option in options.Where(o => o.IsCandidate && !_promoted.Contains(o.Name)))
        {
            if (_trail.Value(option) == false && _trail.Reason(option) is DebClause.SameName same
                && Other(same, option) is { Package.IsInstalled: true } installed
                && _trail.Reason(installed) is null && _trail.Level(installed) > 0)
            {
                _promoted.Add(option.Name);
                Prefer(option);
                BackTo(_trail.Level(installed) - 1);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Goes back to the start when a candidate that was preferred for the sake of another package turns out to be needed by
    /// none that was chosen in the end. True when it did; the same candidate is not preferred again.
    /// </summary>
    private bool TryDemote()
    {
        DebSolvable? needless = _trail.Wanted().FirstOrDefault(chosen =>
            _promoted.Contains(chosen.Name) && _trail.Level(chosen) > 0 && !chosen.Package.IsInstalled && !_requests.OfType<DebClause.Requested>()
                .Any(request => IsMadeTrueBy(request, chosen))
            && Rival(chosen) is null
            && !_trail.Wanted().Any(other => _clauses.Needs(other).Any(need => IsMadeTrueBy(need, chosen))));
        if (needless is null || Installed(needless.Name) is not { } installed || !_demoted.Add(needless.Name))
        {
            return false;
        }

        Prefer(installed);
        BackTo(0);
        return true;
    }

    private bool IsMadeTrueBy(DebClause clause, DebSolvable chosen) =>
        clause.Literals.Any(l => l.IsWanted && l.Solvable == chosen)
        && !clause.Literals.Any(l => l.IsWanted && l.Solvable != chosen
            && (_trail.Value(l.Solvable) == true || (l.Solvable.Name == chosen.Name && l.Solvable.Package.IsInstalled)));

    private DebSolvable? Installed(string name) => _requests.OfType<DebClause.Stays>()
        .FirstOrDefault(stay => stay.Installed.Name == name)?.Options
        .FirstOrDefault(option => option.Package.IsInstalled);

    /// <summary>Puts a version first under which an installed package may stay.</summary>
    private void Prefer(DebSolvable first)
    {
        int index = _requests.FindIndex(r => r is DebClause.Stays stays && stays.Installed.Name == first.Name);
        var stay = (DebClause.Stays)_requests[index];
        _requests[index] = new DebClause.Stays(stay.Installed, [first, .. stay.Options.Where(o => o != first)]);
    }

    /// <summary>What the installed version of a package cannot be with, or null.</summary>
    private DebSolvable? Rival(DebSolvable solvable) => Installed(solvable.Name) is not { } installed
        ? null
        : _trail.Wanted().FirstOrDefault(other => other.Name != solvable.Name
            && (_clauses.Rivalries(installed).Any(rivalry => Other(rivalry, installed) == other)
                || _clauses.Rivalries(other).Any(rivalry => Other(rivalry, other) == installed)));

    /// <summary>The need for whose sake a package was chosen, one that no installed version of it fulfils.</summary>
    private DebClause.Needs? Need(DebSolvable solvable)
    {
        return _trail.Cause(solvable) is DebClause.Needs cause && IsFor(cause)
            ? cause
            : _trail.Wanted().SelectMany(_clauses.Needs).FirstOrDefault(IsFor);

        bool IsFor(DebClause.Needs need) => need.Options.Contains(solvable)
            && !need.Options.Any(option => option.Name == solvable.Name && option.Package.IsInstalled);
    }
}
