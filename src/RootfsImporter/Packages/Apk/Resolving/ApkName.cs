using RootfsImporter.Packages.Apk.Control;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>One package that has a name: by its own, or by providing it in a version or without one.</summary>
/// <param name="Candidate">The package.</param>
/// <param name="Version">The version of the name; null where it is provided without one.</param>
internal readonly record struct ApkProvider(ApkCandidate Candidate, ApkVersion? Version)
{
    /// <summary>
    /// Whether it may be taken without being asked for: a virtual name (one without a version) only by its priority, or when
    /// the package is needed by its own name anyway.
    /// </summary>
    public bool IsDefault =>
        Version is not null || Candidate.Package.ProviderPriority != 0 || Candidate.Name.IsNeeded;

    /// <summary>Whether a term of a dependency list is satisfied when this has its name.</summary>
    public bool Satisfies(ApkDependency term) => term.IsSatisfiedBy(Version, Candidate.Package.Checksum);
}

/// <summary>
/// A name that packages have, provide, need or refuse, and what the search knows of it. At the end it is locked: given
/// to one provider, or to none. Compared by reference; each is made once by its <see cref="ApkUniverse"/>.
/// </summary>
internal sealed class ApkName(string text)
{
    private List<ApkName>? _dependents;
    private List<ApkName>? _triggers;

    /// <summary>The name.</summary>
    public string Text { get; } = text;

    /// <summary>All packages that have it, in the order of the indexes.</summary>
    public List<ApkProvider> Providers { get; } = [];

    /// <summary>The names of packages that need or refuse it, as far as they are reachable.</summary>
    public IReadOnlyList<ApkName> Dependents => _dependents ?? [];

    /// <summary>The names of packages that come by themselves when it is there.</summary>
    public IReadOnlyList<ApkName> Triggers => _triggers ?? [];

    /// <summary>Whether it is reachable from the world.</summary>
    public bool IsSeen { get; set; }

    /// <summary>Whether something chosen, or every remaining option for something, needs it.</summary>
    public bool IsNeeded { get; set; }

    /// <summary>Whether it is decided.</summary>
    public bool IsLocked { get; set; }

    /// <summary>Who has it, once it is locked; null for nobody.</summary>
    public ApkProvider? Chosen { get; set; }

    /// <summary>Whether its providers' dependencies have to be looked at again.</summary>
    public bool AreDependsStale { get; set; }

    /// <summary>Whether its providers' install_if have to be looked at again.</summary>
    public bool AreTriggersStale { get; set; }

    /// <summary>Whether an install_if of a provider holds.</summary>
    public bool IsTriggered { get; set; }

    /// <summary>Whether no install_if of a provider can hold any more.</summary>
    public bool IsBeyondTriggers { get; set; }

    /// <summary>Whether there is anything to choose, or only a package whose tag was not asked for.</summary>
    public bool HasOptions { get; set; }

    /// <summary>Whether all that might need it is decided.</summary>
    public bool IsUndisputed { get; set; }

    /// <summary>Whether a provider may be taken for it without being asked for.</summary>
    public bool HasDefault { get; set; }

    /// <summary>Of the names that may be decided, that with the highest number comes first.</summary>
    public uint Order { get; set; }

    /// <summary>Whether it waits for being reconsidered.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether an install_if depends on its absence, so that it has to be decided.</summary>
    public bool IsAskedFor { get; set; }

    /// <summary>In which of <see cref="ApkAgenda"/>'s queues it waits, or null.</summary>
    public ApkUrgency? Urgency { get; set; }

    /// <summary>Adds to <see cref="Dependents"/>.</summary>
    public void AddDependent(ApkName name) => (_dependents ??= []).Add(name);

    /// <summary>Adds to <see cref="Triggers"/>.</summary>
    public void AddTrigger(ApkName name) => (_triggers ??= []).Add(name);

    /// <summary>Whether a term is satisfied as the name is locked.</summary>
    public bool Satisfies(ApkDependency term) => Chosen?.Satisfies(term) ?? term.IsConflict;

    /// <summary>The name.</summary>
    public override string ToString() => Text;
}
