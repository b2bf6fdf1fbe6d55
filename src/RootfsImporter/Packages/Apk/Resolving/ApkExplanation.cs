using System.Diagnostics;
using RootfsImporter.Packages.Apk.Control;
using RootfsImporter.Packages.Apk.Repositories;
using RootfsImporter.Profiles;

namespace RootfsImporter.Packages.Apk.Resolving;

/// <summary>Says in words why a world cannot be satisfied.</summary>
internal sealed class ApkExplanation(ApkUniverse universe, PackageSelection selection)
{
    private const int MaxReasons = 12;
    private const int MaxNamed = 4;

    /// <summary>What is wrong with the selection itself, before any search.</summary>
    public IReadOnlyList<string> OfSelection()
    {
        IEnumerable<string> contradictions = selection.Include
            .Intersect(selection.Exclude, StringComparer.Ordinal)
            .Select(term => $"{term} is both included and excluded");
        IEnumerable<string> pins = selection.Pin.OrderBy(p => p.Key, StringComparer.Ordinal)
            .Where(p => Listed(p.Key).All(c => c.Package.Version.ToString() != p.Value))
            .Select(p => $"{p.Key} is pinned to {p.Value}, {WhatIsListed(p.Key)}");
        return [.. contradictions.Concat(pins)];
    }

    /// <summary>What is wrong with a set, each thing with the way that leads to it.</summary>
    public IReadOnlyList<string> Of(ApkInstallSet set)
    {
        string[] reasons = [.. set.Faults.Select(f => Describe(f, set)).Distinct()];
        return reasons.Length <= MaxReasons
            ? reasons
            : [.. reasons.Take(MaxReasons), $"and {reasons.Length - MaxReasons} more reasons of the same kind"];
    }

    /// <summary>Why a term that is only to be extracted finds no package.</summary>
    public string OfExtract(ApkDependency term) => $"{term} (extracted): {WhyNone(term)}";

    private string Describe(ApkFault fault, ApkInstallSet set) => fault switch
    {
        ApkFault.Unsatisfied { Term: { Dependency.IsConflict: true } term } conflict =>
            (conflict is { Subject: { } refusing } ? $"{Chain(refusing, set)} refuses "
                : conflict.Term.IsOfBase ? "the base refuses " : "the profile excludes ")
            + $"{term.Dependency.ToString()[1..]}, which is {Chain(term.Name.Chosen?.Candidate ?? throw new UnreachableException(), set)}",
        ApkFault.Unsatisfied { Subject: null, Term.IsOfBase: true } ofBase =>
            $"{Installed(ofBase.Term)} of the base would have to go: {Blocked(ofBase.Term, set)}",
        ApkFault.Unsatisfied { Subject: null } included =>
            $"{included.Term.Dependency} (included): {Blocked(included.Term, set)}",
        ApkFault.Unsatisfied { Subject: { } subject } needs =>
            $"{Chain(subject, set)} needs {needs.Term.Dependency}, {Blocked(needs.Term, set)}",
        ApkFault.Unusable unusable =>
            $"{Chain(unusable.Subject, set)} cannot be used: {unusable.Subject.Unusable}",
        ApkFault.Tagged tagged => $"{Chain(tagged.Subject, set)} is only in repositories that are tagged "
            + $"@{tagged.Subject.Package.Repository.Pocket.Tag}; include {tagged.Subject.Package.Name}"
            + $"@{tagged.Subject.Package.Repository.Pocket.Tag} to take it from there",
        ApkFault.Claimed claimed => $"only one package may be {claimed.Name}: {Chain(claimed.Subject, set)}, "
            + $"or {Chain(claimed.Other, set)}",
        _ => throw new UnreachableException(),
    };

    /// <summary>What is installed and fulfils a term, or else the term.</summary>
    private static string Installed(ApkTerm term) => term.Name.Providers
        .Where(p => p.Candidate.IsInstalled && p.Satisfies(term.Dependency)).Select(p => p.Candidate.ToString())
        .FirstOrDefault(term.Dependency.ToString());

    /// <summary>A package and who wants it, back to the world: <c>b 1 (needed by a 2 (included))</c>.</summary>
    private static string Chain(ApkCandidate candidate, ApkInstallSet set)
    {
        List<string> parts = [];
        ApkCandidate? current = candidate;
        while (current is not null)
        {
            if (current.IsInstalled)
            {
                // It stays if it can, whoever needs it.
                parts.Add($"{current} of the base");
                break;
            }

            ApkReason? reason = set.ReasonOf(current);
            bool isNeeded = reason is { Parent: not null, IsTriggered: false };
            parts.Add(isNeeded || reason is null ? current.ToString() : $"{current} ({reason.Text})");
            current = isNeeded ? reason?.Parent : null;
        }

        return parts.Count == 1
            ? parts[0]
            : $"{parts[0]} (needed by {string.Join(", needed by ", parts.Skip(1))})";
    }

    // A name that is given to a package that does not satisfy this term is another's wish; one that is given to nobody
    // is nobody's.
    private string Blocked(ApkTerm term, ApkInstallSet set) => term.Name.Chosen is { } chosen
        && set.ReasonOf(chosen.Candidate) is not null
        && term.Name.Providers.Exists(p => p.Candidate.Unusable is null && p.Satisfies(term.Dependency))
            ? $"but {term.Name} is {Chain(chosen.Candidate, set)}"
            : WhyNone(term.Dependency);

    private string WhyNone(ApkDependency term)
    {
        ApkName name = universe.Name(term.Name);
        ApkCandidate[] fitting = [.. name.Providers.Where(p => p.Satisfies(term)).Select(p => p.Candidate)];
        ApkCandidate[] usable = [.. fitting.Where(c => c.Unusable is null)];
        if (name.Providers.Count == 0)
        {
            return $"which no index has{Nearest(term.Name)}";
        }

        if (fitting.Length > 0 && usable.Length == 0)
        {
            return $"which is {fitting[0]}, but {fitting[0].Unusable}";
        }

        if (usable.Length == 0)
        {
            return WhatIsListed(term.Name);
        }

        string[] providers = [.. usable.Select(c => c.Package.Name).Distinct().Order(StringComparer.Ordinal)];
        string more = providers.Length > MaxNamed ? ", ..." : "";
        string some = $"{string.Join(", ", providers.Take(MaxNamed))}{more}";
        return usable.All(c => c.Name != name) && providers.Length > 1
            ? $"which {some} provide, none of them by default; include one of them"
            : $"which is {some}, and that cannot be together with the rest";
    }

    private IEnumerable<ApkCandidate> Listed(string name)
    {
        ApkName known = universe.Name(name);
        return known.Providers.Select(p => p.Candidate).Where(c => c.Name == known)
            .OrderByDescending(c => c.Package.Version).ThenBy(c => c.Repository);
    }

    private string WhatIsListed(string name)
    {
        ApkPackage[] listed = [.. Listed(name).Select(c => c.Package)];
        if (listed.Length == 0)
        {
            static string As(ApkVersion? version) => version is null ? "without a version" : $"as {version}";
            string[] provided = [.. universe.Name(name).Providers.Take(MaxNamed)
                .Select(p => $"{p.Candidate.Package.Name} {As(p.Version)}")];
            return provided.Length == 0
                ? $"which no index has{Nearest(name)}"
                : $"which is provided by {string.Join(", ", provided)}";
        }

        static string Named(ApkPackage p) => $"{p.Version} ({p.Repository.Pocket.Suite})";
        string others = string.Join(", ", listed.Skip(1).Take(MaxNamed).Select(Named));
        return $"the newest is {Named(listed[0])}{(others.Length > 0 ? $", beside {others}" : "")}";
    }

    private string Nearest(string name) =>
        Suggestion.Closest(name, universe.ProvidedNames) is { } near ? $"; did you mean {near}?" : "";
}
