using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>Why a package is in the set.</summary>
/// <param name="Text">As a lock records it.</param>
/// <param name="Parent">The package that needs it, or null.</param>
/// <param name="IsRequested">Whether the world names it.</param>
/// <param name="IsTriggered">Whether it came by itself.</param>
internal sealed record ApkReason(
    string Text, ApkCandidate? Parent, bool IsRequested = false, bool IsTriggered = false);

/// <summary>Something that is wrong with a set.</summary>
internal abstract record ApkFault
{
    private ApkFault()
    {
    }

    /// <summary>A term of a package (null: of the world) that is not satisfied.</summary>
    public sealed record Unsatisfied(ApkCandidate? Subject, ApkTerm Term) : ApkFault;

    /// <summary>A package that can never be chosen.</summary>
    public sealed record Unusable(ApkCandidate Subject) : ApkFault;

    /// <summary>A package of which all repositories have tags that nothing asked for.</summary>
    public sealed record Tagged(ApkCandidate Subject) : ApkFault;

    /// <summary>Two packages that both have a name, of which only one may.</summary>
    public sealed record Claimed(ApkCandidate Subject, ApkName Name, ApkCandidate Other) : ApkFault;
}

/// <summary>
/// What is installed when the names are given as the solver gave them: all that the world reaches, in order of reach, and
/// what comes by itself; and each thing that is wrong with it.
/// </summary>
internal sealed class ApkInstallSet
{
    private readonly Dictionary<ApkCandidate, ApkReason> _reasons = [];
    private readonly List<ApkCandidate> _order = [];
    private readonly List<ApkFault> _faults = [];

    /// <summary>Follows the world through the locked names.</summary>
    public ApkInstallSet(IReadOnlyList<ApkTerm> world)
    {
        foreach (ApkTerm term in world)
        {
            Follow(null, term);
        }

        for (int next = 0; next < _order.Count; next++)
        {
            ApkCandidate candidate = _order[next];
            foreach (ApkTerm term in candidate.Depends)
            {
                Follow(candidate, term);
            }

            AddTriggered(candidate);
        }

        foreach (ApkCandidate candidate in _order)
        {
            FindClaims(candidate);
        }
    }

    /// <summary>The packages, those that are nearer to the world first.</summary>
    public IReadOnlyList<ApkCandidate> Packages => _order;

    /// <summary>What is wrong; empty for a solution.</summary>
    public IReadOnlyList<ApkFault> Faults => _faults;

    /// <summary>Why a package of the set is in it; null for others.</summary>
    public ApkReason? ReasonOf(ApkCandidate candidate) => _reasons.GetValueOrDefault(candidate);

    private void Follow(ApkCandidate? parent, ApkTerm term)
    {
        if (!term.Name.Satisfies(term.Dependency))
        {
            _faults.Add(new ApkFault.Unsatisfied(parent, term));
        }

        if (!term.Dependency.IsConflict && term.Name.Chosen is { Candidate: { } chosen })
        {
            Add(chosen, new ApkReason(
                parent is not null ? $"needed by {parent.Package.Name}" : term.IsOfBase ? "in the base" : "included", parent,
                parent is null && !term.IsOfBase));
        }
    }

    private void Add(ApkCandidate candidate, ApkReason reason)
    {
        if (_reasons.TryAdd(candidate, reason))
        {
            _order.Add(candidate);
            if (candidate.Unusable is not null)
            {
                _faults.Add(new ApkFault.Unusable(candidate));
            }
            else if (!candidate.IsTagAllowed)
            {
                _faults.Add(new ApkFault.Tagged(candidate));
            }
        }
    }

    private void AddTriggered(ApkCandidate candidate)
    {
        foreach (ApkName triggered in candidate.Provides.Select(p => p.Name).Prepend(candidate.Name)
            .SelectMany(n => n.Triggers))
        {
            if (triggered.Chosen is { Candidate: { InstallIf.Count: > 0 } chosen }
                && !_reasons.ContainsKey(chosen) && chosen.InstallIf.All(IsThere))
            {
                string[] there = [.. chosen.InstallIf.Where(c => !c.Dependency.IsConflict)
                    .Select(c => c.Name.Chosen?.Candidate.Package.Name ?? c.Name.Text).Distinct()];
                string verb = there.Length == 1 ? "is" : "are";
                Add(chosen, new ApkReason(
                    $"installed because {Listed(there)} {verb} there", candidate, IsTriggered: true));
            }
        }
    }

    private bool IsThere(ApkTerm condition) => condition.Name.Satisfies(condition.Dependency)
        && (condition.Dependency.IsConflict
            || (condition.Name.Chosen is { } chosen && _reasons.ContainsKey(chosen.Candidate)));

    private static string Listed(string[] names) =>
        names.Length < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} and {names[^1]}";

    private void FindClaims(ApkCandidate candidate)
    {
        foreach ((ApkName name, ApkVersion? version) in candidate.Provides
            .Prepend((candidate.Name, candidate.Package.Version)))
        {
            if (name.Chosen is { } other && other.Candidate != candidate
                && _reasons.ContainsKey(other.Candidate) && !(version is null && other.Version is null))
            {
                _faults.Add(new ApkFault.Claimed(candidate, name, other.Candidate));
            }
        }
    }
}
