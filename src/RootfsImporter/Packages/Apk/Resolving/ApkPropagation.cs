namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>
/// The state of a search and what follows from each step of it: packages that can no longer be chosen, names that every
/// remaining option needs, install_if that come to hold.
/// </summary>
internal sealed class ApkPropagation
{
    private readonly Queue<ApkName> _dirty = [];
    private readonly ApkAgenda _agenda = new();

    /// <summary>Puts a term of the world into force; it alone says which tags are preferred.</summary>
    public void RequireForWorld(ApkTerm term, ulong tag)
    {
        Need(term);
        foreach (ApkProvider provider in term.Name.Providers)
        {
            if (Keep(provider, term))
            {
                ApkCandidate candidate = provider.Candidate;
                candidate.AllowedTags |= tag;
                candidate.IsTagPreferred = (candidate.Tags & tag) != 0;
                candidate.IsTagAllowed |= (candidate.Tags & candidate.AllowedTags) != 0;
            }
        }
    }

    /// <summary>Puts a dependency of a package into force; what fulfils it may come from where the package may.</summary>
    public void Require(ApkCandidate dependent, ApkTerm term)
    {
        Need(term);
        foreach (ApkProvider provider in term.Name.Providers)
        {
            if (Keep(provider, term))
            {
                InheritTags(provider.Candidate, dependent);
            }
        }
    }

    /// <summary>Works out all that follows, and returns the name to decide next; null when all is decided.</summary>
    public ApkName? NextName()
    {
        while (_dirty.TryDequeue(out ApkName? dirty))
        {
            if (dirty.IsDirty)
            {
                dirty.IsDirty = false;
                Reconsider(dirty);
            }
        }

        return _agenda.Next();
    }

    /// <summary>
    /// Gives a name to a provider, or to nobody. Others that have it are out, unless all have it without a version.
    /// Does nothing when it is locked.
    /// </summary>
    public void Lock(ApkName name, ApkProvider? provider)
    {
        if (name.IsLocked)
        {
            return;
        }

        name.IsLocked = true;
        name.Chosen = provider;
        name.IsDirty = false;
        bool isVirtual = provider?.Version is null;
        foreach (ApkProvider other in name.Providers)
        {
            if (other.Candidate != provider?.Candidate && !(isVirtual && other.Version is null))
            {
                Disqualify(other.Candidate);
            }
        }

        MarkDependents(name);
        if (provider is { Candidate: { } chosen })
        {
            MarkTriggers(chosen);
        }
        else
        {
            MarkTriggers(name);
        }
    }

    private void Need(ApkTerm term)
    {
        if (!term.Dependency.IsConflict && !term.Name.IsNeeded)
        {
            Need(term.Name);
        }
    }

    private void Need(ApkName name)
    {
        name.IsNeeded = true;
        _agenda.Add(name, mayMove: false);
        MarkTriggers(name);
        MarkDirty(name);
    }

    private bool Keep(ApkProvider provider, ApkTerm term)
    {
        bool isKept = provider.Satisfies(term.Dependency);
        if (!isKept && provider.Candidate.IsSelectable)
        {
            Disqualify(provider.Candidate);
        }

        return isKept;
    }

    private static void InheritTags(ApkCandidate candidate, ApkCandidate from)
    {
        candidate.AllowedTags |= from.AllowedTags;
        candidate.IsTagAllowed |= (candidate.Tags & candidate.AllowedTags) != 0;
    }

    private void Disqualify(ApkCandidate candidate)
    {
        candidate.IsSelectable = false;
        MarkDependents(candidate.Name);
        foreach ((ApkName provided, _) in candidate.Provides)
        {
            MarkDependents(provided);
        }

        MarkTriggers(candidate);
    }

    private void MarkTriggers(ApkCandidate candidate)
    {
        MarkTriggers(candidate.Name);
        foreach ((ApkName provided, _) in candidate.Provides)
        {
            MarkTriggers(provided);
        }
    }

    private void MarkDependents(ApkName name)
    {
        foreach (ApkName dependent in name.Dependents)
        {
            if (dependent.IsSeen)
            {
                dependent.AreDependsStale = true;
                MarkDirty(dependent);
            }
        }
    }

    private void MarkTriggers(ApkName name)
    {
        foreach (ApkName triggered in name.Triggers)
        {
            if (triggered is { IsSeen: true, IsBeyondTriggers: false })
            {
                triggered.AreTriggersStale = true;
                MarkDirty(triggered);
            }
        }
    }

    private void MarkDirty(ApkName name)
    {
        if (!name.IsDirty && !name.IsLocked && (name.IsNeeded || name.AreTriggersStale))
        {
            name.IsDirty = true;
            _dirty.Enqueue(name);
        }
    }

    private void Reconsider(ApkName name)
    {
        bool areDependsStale = name.AreDependsStale;
        bool areTriggersStale = name.AreTriggersStale;
        name.AreDependsStale = name.AreTriggersStale = false;
        List<ApkProvider> options = [];
        bool isTriggered = false;
        bool isBeyondTriggers = true;
        foreach (ApkProvider provider in name.Providers)
        {
            ApkCandidate candidate = provider.Candidate;
            if (candidate.IsSelectable && areDependsStale && !candidate.Depends.All(IsSatisfiable))
            {
                Disqualify(candidate);
            }

            if (candidate.IsSelectable)
            {
                if (areTriggersStale)
                {
                    CheckTriggers(candidate);
                }

                isTriggered |= candidate.IsTriggered;
                isBeyondTriggers &= candidate.IsBeyondTriggers;
                options.Add(provider);
            }
        }

        name.IsTriggered = isTriggered;
        name.IsBeyondTriggers = isBeyondTriggers;
        Narrow(name, name.IsNeeded ? options : []);
        name.IsUndisputed = name.Dependents.All(d => !d.IsSeen || d.IsLocked);
        bool hasDefault = isTriggered || (name.IsNeeded && options.Exists(o => o.IsDefault));
        bool mayMove = hasDefault != name.HasDefault;
        name.HasDefault = hasDefault;
        _agenda.Add(name, mayMove);
    }

    private void CheckTriggers(ApkCandidate candidate)
    {
        if (!candidate.IsTriggered && !candidate.IsBeyondTriggers)
        {
            candidate.IsTriggered = true;
            foreach (ApkTerm condition in candidate.InstallIf)
            {
                if (!condition.Name.IsLocked || !condition.Name.Satisfies(condition.Dependency))
                {
                    candidate.IsTriggered = false;
                    candidate.IsBeyondTriggers = condition.Name.IsLocked;
                    AskFor(condition);
                    break;
                }
            }
        }

        if (candidate.IsTriggered)
        {
            foreach (ApkTerm condition in candidate.InstallIf)
            {
                if (condition.Name.Chosen is { } chosen)
                {
                    InheritTags(candidate, chosen.Candidate);
                }
            }
        }
    }

    private void AskFor(ApkTerm condition)
    {
        if (condition.Dependency.IsConflict && !condition.Name.IsLocked)
        {
            condition.Name.IsAskedFor = true;
            _agenda.Add(condition.Name, mayMove: false);
        }
    }

    private static bool IsSatisfiable(ApkTerm term)
    {
        ApkName name = term.Name;
        if (name.IsLocked)
        {
            return name.Satisfies(term.Dependency);
        }

        if (!name.IsNeeded && term.Dependency.IsConflict)
        {
            return true;
        }

        foreach (ApkProvider provider in name.Providers)
        {
            if (provider.Candidate.IsSelectable && provider.Satisfies(term.Dependency))
            {
                return true;
            }
        }

        return false;
    }

    // What all options have in common is in force before one of them is chosen.
    private void Narrow(ApkName name, List<ApkProvider> options)
    {
        name.HasOptions = options.Count > 1 || options.Exists(o => !o.Candidate.IsTagAllowed);
        foreach (ApkProvider provider in name.Providers)
        {
            provider.Candidate.WasOption = provider.Candidate.WasOption && options.Count == 0;
        }

        foreach (ApkProvider option in options)
        {
            option.Candidate.WasOption = true;
        }

        if (options.Count == 1)
        {
            Force(options[0].Candidate);
        }
        else if (options.Count > 1)
        {
            NeedWhatAllNeed(options);
        }

        ExcludeByProvides(name, options);
    }

    private void Force(ApkCandidate only)
    {
        if (!only.IsForced)
        {
            only.IsForced = true;
            foreach (ApkTerm term in only.Depends)
            {
                if (!term.Dependency.IsConflict)
                {
                    Require(only, term);
                }
            }
        }
    }

    private void NeedWhatAllNeed(List<ApkProvider> options)
    {
        ApkCandidate first = options[0].Candidate;
        foreach (ApkTerm term in first.Depends)
        {
            if (!term.Dependency.IsConflict && !term.Name.IsNeeded
                && options.TrueForAll(o => Needs(o.Candidate, term.Name)))
            {
                Need(term.Name);
                foreach (ApkProvider provider in term.Name.Providers)
                {
                    InheritTags(provider.Candidate, first);
                }
            }
        }
    }

    private static bool Needs(ApkCandidate candidate, ApkName name)
    {
        foreach (ApkTerm term in candidate.Depends)
        {
            if (term.Name == name && !term.Dependency.IsConflict)
            {
                return true;
            }
        }

        return false;
    }

    // When all options for one name have a second name as well, whoever gets the first gets the second; so others that
    // have the second are out, save those that have it without a version.
    private void ExcludeByProvides(ApkName name, List<ApkProvider> options)
    {
        if (options.Count == 0)
        {
            return;
        }

        ApkCandidate first = options[0].Candidate;
        foreach (ApkName second in first.Provides.Select(p => p.Name).Prepend(first.Name))
        {
            if (second != name && options.TrueForAll(o => Has(o.Candidate, second)))
            {
                bool isVirtual = options.Exists(o => IsVirtual(o, second));
                foreach (ApkProvider other in second.Providers)
                {
                    if (other.Candidate.IsSelectable && !(isVirtual && IsAnyVirtual(other))
                        && !Has(other.Candidate, name))
                    {
                        Disqualify(other.Candidate);
                    }
                }
            }
        }
    }

    private static bool Has(ApkCandidate candidate, ApkName name) =>
        candidate.Name == name || candidate.Provides.Any(p => p.Name == name);

    private static bool IsVirtual(ApkProvider option, ApkName second) => option.Candidate.Name == second
        ? option.Version is null
        : option.Candidate.Provides.Any(p => p.Name == second && p.Version is null);

    private static bool IsAnyVirtual(ApkProvider provider) =>
        provider.Version is null || provider.Candidate.Provides.Any(p => p.Version is null);
}
