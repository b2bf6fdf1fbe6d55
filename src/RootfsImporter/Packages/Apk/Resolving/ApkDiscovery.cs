namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>
/// Walks from a world over all that could come of it, depth first and without recursion (an index decides how deep it
/// goes), and numbers the names: what is nearest to the world is decided first, and packages before virtual names.
/// </summary>
internal sealed class ApkDiscovery(ApkUniverse universe)
{
    private const uint HasPackages = 1u << 31;

    private readonly Stack<IEnumerator<ApkName>> _stack = [];
    private readonly List<ApkName> _seen = [];
    private readonly HashSet<ApkCandidate> _walked = [];

    /// <summary>Prepares the names of a world and all below them for the search, and returns them.</summary>
    public IReadOnlyList<ApkName> Discover(IReadOnlyList<ApkTerm> world)
    {
        foreach (ApkTerm term in world)
        {
            Enter(term.Name);
            while (_stack.TryPeek(out IEnumerator<ApkName>? below))
            {
                if (below.MoveNext())
                {
                    Enter(below.Current);
                }
                else
                {
                    _stack.Pop().Dispose();
                }
            }
        }

        return _seen;
    }

    private void Enter(ApkName name)
    {
        if (!name.IsSeen)
        {
            name.IsSeen = true;
            name.IsBeyondTriggers = true;
            _stack.Push(Below(name).GetEnumerator());
        }
    }

    private IEnumerable<ApkName> Below(ApkName name)
    {
        foreach (ApkProvider provider in name.Providers)
        {
            ApkCandidate candidate = provider.Candidate;
            if (!candidate.IsSeen)
            {
                Prepare(candidate);
                foreach (ApkTerm term in candidate.Depends)
                {
                    yield return term.Name;
                }
            }

            name.IsBeyondTriggers &= candidate.IsBeyondTriggers;
        }

        foreach (ApkName triggered in name.Triggers)
        {
            yield return triggered;
        }

        // Once for each package: a second walk would find nothing that is new, and some packages provide hundreds of names.
        foreach (ApkProvider provider in name.Providers.Where(p => _walked.Add(p.Candidate)))
        {
            ApkCandidate candidate = provider.Candidate;
            foreach (ApkName other in candidate.Name.Triggers.Concat(candidate.Provides.Select(p => p.Name)))
            {
                yield return other;
            }
        }

        _seen.Add(name);
        name.Order = (uint)_seen.Count | (name.Providers.Exists(p => p.Candidate.Name == name) ? HasPackages : 0);
        foreach (ApkTerm condition in name.Providers.SelectMany(p => p.Candidate.InstallIf))
        {
            yield return condition.Name;
        }
    }

    private void Prepare(ApkCandidate candidate)
    {
        candidate.IsSeen = true;
        candidate.Depends = universe.Terms(candidate.Package.Depends);
        candidate.InstallIf = universe.Terms(candidate.Package.InstallIf);
        candidate.IsSelectable = candidate.Unusable is null;
        candidate.IsBeyondTriggers = candidate.InstallIf.Count == 0;
        candidate.IsTagPreferred = (candidate.Tags & ApkCandidate.Untagged) != 0;
        candidate.IsTagAllowed = candidate.IsTagPreferred || candidate.IsInstalled;
        foreach (ApkTerm term in candidate.Depends)
        {
            term.Name.AddDependent(candidate.Name);
            foreach ((ApkName provided, _) in candidate.Provides)
            {
                term.Name.AddDependent(provided);
            }
        }
    }
}
