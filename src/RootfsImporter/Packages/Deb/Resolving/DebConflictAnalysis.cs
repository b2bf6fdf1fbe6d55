namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>What follows from a clause that has become false.</summary>
internal static class DebConflictAnalysis
{
    /// <summary>
    /// Resolves a clause that is false at the current level with the reasons of its literals, from the latest back,
    /// until one literal of that level remains. That one is what the lesson asserts after going back to the level
    /// on which all others were false already.
    /// </summary>
    public static DebClause.Learned Learn(
        DebClause failed, DebTrail trail, out DebLiteral asserted, out int backTo)
    {
        HashSet<DebLiteral> literals = [];
        List<DebClause> antecedents = [];
        int ofLevel = 0;
        Merge(failed, null);
        int position = trail.Count - 1;
        while (true)
        {
            DebLiteral negated;
            do
            {
                DebLiteral last = trail.LiteralAt(position--);
                negated = last with { IsWanted = !last.IsWanted };
            }
            while (!literals.Contains(negated));

            if (ofLevel == 1)
            {
                asserted = negated;
                break;
            }

            literals.Remove(negated);
            ofLevel--;
            Merge(trail.Reason(negated.Solvable)!, negated.Solvable);
        }

        DebSolvable unique = asserted.Solvable;
        backTo = literals.Where(l => l.Solvable != unique).Select(l => trail.Level(l.Solvable)).DefaultIfEmpty(0).Max();
        DebLiteral first = asserted;
        return new DebClause.Learned(
            [first, .. literals.Where(l => l != first).OrderBy(l => l.Solvable.Id)], antecedents);

        void Merge(DebClause clause, DebSolvable? resolved)
        {
            antecedents.Add(clause);
            foreach (DebLiteral literal in clause.Literals)
            {
                if (literal.Solvable != resolved && literals.Add(literal)
                    && trail.Level(literal.Solvable) == trail.CurrentLevel)
                {
                    ofLevel++;
                }
            }
        }
    }

    /// <summary>
    /// The clauses of the request and the packages that together make a clause false before any decision, each once.
    /// </summary>
    public static IReadOnlyList<DebClause> Core(DebClause failed, DebTrail trail)
    {
        HashSet<DebClause> seen = [failed];
        Queue<DebClause> queue = new([failed]);
        List<DebClause> core = [];
        while (queue.TryDequeue(out DebClause? clause))
        {
            if (clause is DebClause.Learned lesson)
            {
                foreach (DebClause antecedent in lesson.Antecedents.Where(seen.Add))
                {
                    queue.Enqueue(antecedent);
                }
            }
            else
            {
                core.Add(clause);
            }

            foreach (DebLiteral literal in clause.Literals)
            {
                if (trail.Reason(literal.Solvable) is { } reason && seen.Add(reason))
                {
                    queue.Enqueue(reason);
                }
            }
        }

        return core;
    }
}
