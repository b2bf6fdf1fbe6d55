namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>What a search has chosen and ruled out so far, in order, with the reasons; and what it has learned.</summary>
internal sealed class DebTrail
{
    private readonly List<Entry?> _byId = [];
    private readonly List<Entry> _entries = [];
    private readonly List<int> _levelStarts = [];
    private readonly Dictionary<DebSolvable, List<DebClause.Learned>> _lessons = [];

    /// <summary>How many decisions stand.</summary>
    public int CurrentLevel => _levelStarts.Count;

    /// <summary>How many literals are recorded.</summary>
    public int Count => _entries.Count;

    /// <summary>Chosen, ruled out, or open.</summary>
    public bool? Value(DebSolvable solvable) => Find(solvable)?.Literal.IsWanted;

    /// <summary>The decision under which a solvable got its value.</summary>
    public int Level(DebSolvable solvable) => Find(solvable)?.Level ?? 0;

    /// <summary>The clause that implied a solvable's value, or null for a decision.</summary>
    public DebClause? Reason(DebSolvable solvable) => Find(solvable)?.Reason;

    /// <summary>The clause for whose sake a solvable was chosen.</summary>
    public DebClause? Cause(DebSolvable solvable) => Find(solvable)?.Cause;

    /// <summary>The literal at a position of the trail.</summary>
    public DebLiteral LiteralAt(int position) => _entries[position].Literal;

    /// <summary>Everything chosen, in order.</summary>
    public IEnumerable<DebSolvable> Wanted() => _entries.Where(e => e.Literal.IsWanted).Select(e => e.Literal.Solvable);

    /// <summary>Begins the next decision's level.</summary>
    public void Decide() => _levelStarts.Add(_entries.Count);

    /// <summary>Records a literal of an open solvable.</summary>
    public void Record(DebLiteral literal, DebClause? reason, DebClause? cause)
    {
        Entry entry = new(literal, CurrentLevel, reason, cause);
        while (_byId.Count <= literal.Solvable.Id)
        {
            _byId.Add(null);
        }

        _byId[literal.Solvable.Id] = entry;
        _entries.Add(entry);
    }

    /// <summary>Takes the last decision back, and all that followed from it.</summary>
    public void UndoLevel()
    {
        int start = _levelStarts[^1];
        for (int i = start; i < _entries.Count; i++)
        {
            _byId[_entries[i].Literal.Solvable.Id] = null;
        }

        _entries.RemoveRange(start, _entries.Count - start);
        _levelStarts.RemoveAt(_levelStarts.Count - 1);
    }

    /// <summary>Keeps a lesson.</summary>
    public void Remember(DebClause.Learned lesson)
    {
        foreach (DebLiteral literal in lesson.Literals)
        {
            if (!_lessons.TryGetValue(literal.Solvable, out List<DebClause.Learned>? lessons))
            {
                _lessons.Add(literal.Solvable, lessons = []);
            }

            lessons.Add(lesson);
        }
    }

    /// <summary>The lessons that speak of a solvable.</summary>
    public IReadOnlyList<DebClause.Learned> LessonsOf(DebSolvable solvable) =>
        _lessons.TryGetValue(solvable, out List<DebClause.Learned>? lessons) ? lessons : [];

    /// <summary>Whether all literals of a clause are false.</summary>
    public bool IsFalse(DebClause clause) => clause.Literals.All(l => Value(l.Solvable) == !l.IsWanted);

    /// <summary>Whether all literals but one are false and that one is open.</summary>
    public bool UnitOf(DebClause clause, out DebLiteral unit)
    {
        unit = default;
        int open = 0;
        foreach (DebLiteral literal in clause.Literals)
        {
            bool? value = Value(literal.Solvable);
            if (value is null)
            {
                unit = literal;
                open++;
            }
            else if (value == literal.IsWanted)
            {
                return false;
            }
        }

        return open == 1;
    }

    private Entry? Find(DebSolvable solvable) => solvable.Id < _byId.Count ? _byId[solvable.Id] : null;

    private sealed record Entry(DebLiteral Literal, int Level, DebClause? Reason, DebClause? Cause);
}
