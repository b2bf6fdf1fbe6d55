namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>
/// Gives every name that a world needs to one package, by apk's rules (apk-tools, src/solver.c): what follows without a
/// choice is worked out first; then the name that disputes least is given to its best provider, and so on, and nothing is
/// taken back. Whether the outcome is a solution is for <see cref="ApkInstallSet"/> to see.
/// </summary>
internal sealed class ApkSolver(ApkUniverse universe, IReadOnlyList<ApkTerm> world)
{
    private readonly ApkPropagation _propagation = new();

    /// <summary>Locks the names. Works on the universe, once.</summary>
    /// <param name="isCareful">
    /// Whether a package counts as an option only while each of its dependencies can be satisfied. apk looks at a dependency
    /// only after something about it has changed, and so takes a package that never could be installed.
    /// </param>
    public void Solve(bool isCareful)
    {
        IReadOnlyList<ApkName> seen = new ApkDiscovery(universe).Discover(world);
        foreach (ApkName name in seen)
        {
            name.AreDependsStale = isCareful;
        }

        foreach (ApkTerm term in world)
        {
            _propagation.RequireForWorld(term, universe.Tag(term.Dependency.Tag));
        }

        while (_propagation.NextName() is { } name)
        {
            Decide(name);
        }
    }

    private void Decide(ApkName name)
    {
        ApkProvider? best = null;
        foreach (ApkProvider provider in name.Providers)
        {
            if (MayBeTaken(name, provider) && (best is null || ComparePreference(provider, best.Value) > 0))
            {
                best = provider;
            }
        }

        if (best is not { Candidate: { } chosen })
        {
            _propagation.Lock(name, null);
            return;
        }

        _propagation.Lock(chosen.Name, new ApkProvider(chosen, chosen.Package.Version));
        foreach ((ApkName provided, Control.ApkVersion? version) in chosen.Provides)
        {
            _propagation.Lock(provided, new ApkProvider(chosen, version));
        }

        foreach (ApkTerm term in chosen.Depends)
        {
            _propagation.Require(chosen, term);
        }
    }

    // What is only triggered must be free to come. The only provider of a virtual name is taken by apk until 2.12; later
    // ones want it to be asked for, which a base made from an old release's index cannot know.
    private static bool MayBeTaken(ApkName name, ApkProvider provider)
    {
        ApkCandidate candidate = provider.Candidate;
        bool isCalledFor = name.IsNeeded
            || (candidate is { IsTriggered: true, IsTagAllowed: true, IsSelectable: true });
        return isCalledFor && (provider.IsDefault || name.Providers.Count == 1);
    }

    private static int ComparePreference(ApkProvider left, ApkProvider right)
    {
        ApkCandidate a = left.Candidate;
        ApkCandidate b = right.Candidate;
        return FirstOf(
            a.IsSelectable.CompareTo(b.IsSelectable),
            a.WasOption.CompareTo(b.WasOption),
            a.IsTagAllowed.CompareTo(b.IsTagAllowed),
            a.IsTagPreferred.CompareTo(b.IsTagPreferred),
            a.IsInstalled.CompareTo(b.IsInstalled),
            left.Version is null || right.Version is null ? 0 : left.Version.CompareTo(right.Version),
            a.Name == b.Name ? a.Package.Version.CompareTo(b.Package.Version) : 0,
            a.Package.ProviderPriority.CompareTo(b.Package.ProviderPriority),
            b.Repository.CompareTo(a.Repository));
    }

    private static int FirstOf(params ReadOnlySpan<int> orders)
    {
        int first = orders.IndexOfAnyExcept(0);
        return first < 0 ? 0 : orders[first];
    }
}
