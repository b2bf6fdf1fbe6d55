namespace RootfsImporter.Packages.Deb.Resolving;

/// <content>What is installed already: when another version of it is preferred, and why one came.</content>
internal sealed partial class DebSolver
{
    private readonly HashSet<string> _promoted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _demoted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _siblings = new(StringComparer.Ordinal);

    /// <summary>
    /// apt considers candidates only, and renews what is installed for their sake, before it looks at another alternative.
    /// Where nothing but an installed version stands in the way of a candidate: goes back to where that was taken, and
    /// prefers its candidate from there on. True when it did.
    /// </summary>
    private bool TryPromote(DebClause clause)
    {
        foreach (DebSolvable option in clause.Literals.Where(l => l.IsWanted).Select(l => l.Solvable))
        {
            DebSolvable? renewed;
            if (_trail.Value(option) == false)
            {
                renewed = clause is DebClause.Needs && IsRenewable(option) ? option : null;
            }
            else if (!option.IsCandidate || Objection(option) is not { } objection)
            {
                return false;
            }
            else
            {
                renewed = Renewed(objection, option);
            }

            if (renewed is not null)
            {
                int level = _trail.Level(Installed(renewed.Name)!);
                _promoted.Add(renewed.Name);
                Prefer(renewed);
                BackTo(level - 1);
                return true;
            }
        }

        return false;
    }

    /// <summary>The candidate with which an objection to a package would be gone, or null.</summary>
    private DebSolvable? Renewed(DebClause objection, DebSolvable option) => objection switch
    {
        DebClause.Needs needs => needs.Options.FirstOrDefault(IsRenewable),
        DebClause.Conflicts conflicts when Other(conflicts, option) is { Package.IsInstalled: true } other =>
            Stay(other.Name)?.Options.FirstOrDefault(IsRenewable),
        _ => null,
    };

    /// <summary>Whether a candidate is out of the question only because its package stays as it is installed.</summary>
    private bool IsRenewable(DebSolvable option) =>
        option.IsCandidate && !_promoted.Contains(option.Name)
        && _trail.Value(option) == false && _trail.Reason(option) is DebClause.SameName same
        && Other(same, option) is { Package.IsInstalled: true } installed
        && _trail.Reason(installed) is null && _trail.Level(installed) > 0;

    /// <summary>
    /// Goes back to the start when a candidate that was preferred for the sake of another package turns out to be needed by
    /// none that was chosen in the end. True when it did; the same candidate is not preferred again.
    /// </summary>
    private bool TryDemote()
    {
        DebSolvable? needless = _trail.Wanted().FirstOrDefault(chosen =>
            _promoted.Contains(chosen.Name) && !_siblings.Contains(chosen.Name) && _trail.Level(chosen) > 0 && !chosen.Package.IsInstalled
            && !_requests.OfType<DebClause.Requested>().Any(request => IsMadeTrueBy(request, chosen))
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

    /// <summary>
    /// apt (APT::Get::Upgrade-By-Source-Package) does not leave a system with parts of two versions of one source: goes back
    /// to the start when installed packages have a candidate of the source and version of one that was chosen, and prefers
    /// those. True when it did.
    /// </summary>
    private bool TryRenewSiblings()
    {
        HashSet<(string, string)> sources =
        [
            .. _trail.Wanted().Where(chosen => !chosen.Package.IsInstalled)
                .Select(chosen => (chosen.Package.SourceName, chosen.Package.SourceVersion)),
        ];
        DebSolvable[] siblings =
        [
            .. _requests.OfType<DebClause.Stays>()
                .Select(stay => stay.Options.FirstOrDefault(option => option.IsCandidate))
                .OfType<DebSolvable>()
                .Where(candidate => !candidate.Package.IsInstalled && _trail.Value(candidate) != true
                    && sources.Contains((candidate.Package.SourceName, candidate.Package.SourceVersion))
                    && !_siblings.Contains(candidate.Name)),
        ];
        foreach (DebSolvable sibling in siblings)
        {
            _siblings.Add(sibling.Name);
            _promoted.Add(sibling.Name);
            Prefer(sibling);
        }

        if (siblings.Length > 0)
        {
            BackTo(0);
        }

        return siblings.Length > 0;
    }

    private bool IsMadeTrueBy(DebClause clause, DebSolvable chosen) =>
        clause.Literals.Any(l => l.IsWanted && l.Solvable == chosen)
        && !clause.Literals.Any(l => l.IsWanted && l.Solvable != chosen
            && (_trail.Value(l.Solvable) == true || (l.Solvable.Name == chosen.Name && l.Solvable.Package.IsInstalled)));

    private DebClause.Stays? Stay(string name) =>
        _requests.OfType<DebClause.Stays>().FirstOrDefault(stay => stay.Installed.Name == name);

    private DebSolvable? Installed(string name) => Stay(name)?.Options.FirstOrDefault(option => option.Package.IsInstalled);

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
