using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;

namespace RootfsImporter.Packages.Deb.Resolving;

/// <summary>A solvable that has to be chosen, or must not be.</summary>
internal readonly record struct DebLiteral(DebSolvable Solvable, bool IsWanted);

/// <summary>
/// A disjunction: at least one literal has to hold. What kind it is says where it came from, for explanations.
/// </summary>
internal abstract record DebClause
{
    private DebClause(IReadOnlyList<DebLiteral> literals) => Literals = literals;

    /// <summary>The literals; what is wanted stands in the order of preference.</summary>
    public IReadOnlyList<DebLiteral> Literals { get; }

    /// <summary>The request itself: one of these has to be chosen.</summary>
    public sealed record Requested(DebRequest Request, IReadOnlyList<DebSolvable> Options)
        : DebClause([.. Options.Select(o => new DebLiteral(o, true))]);

    /// <summary>What is installed stays, in this version or another one.</summary>
    public sealed record Stays(DebPackage Installed, IReadOnlyList<DebSolvable> Options)
        : DebClause([.. Options.Select(o => new DebLiteral(o, true))]);

    /// <summary>
    /// A package needs one of these. When <paramref name="IsOptional"/> (Recommends) it may go without; then it is
    /// no clause in the strict sense and never a reason. <paramref name="Problem"/> says why its relations cannot
    /// be read at all.
    /// </summary>
    public sealed record Needs(
        DebSolvable Subject, RelationGroup Relation, IReadOnlyList<DebSolvable> Options, bool IsOptional, string? Problem)
        : DebClause([new DebLiteral(Subject, false), .. Options.Select(o => new DebLiteral(o, true))]);

    /// <summary>A package conflicts with another or breaks it; never both.</summary>
    public sealed record Conflicts(DebSolvable Subject, Relation Relation, bool IsBreaks, DebSolvable Other)
        : DebClause([new DebLiteral(Subject, false), new DebLiteral(Other, false)]);

    /// <summary>Two versions of one package; never both.</summary>
    public sealed record SameName(DebSolvable First, DebSolvable Second)
        : DebClause([new DebLiteral(First, false), new DebLiteral(Second, false)]);

    /// <summary>What a failed attempt taught, and the clauses that it follows from.</summary>
    public sealed record Learned(IReadOnlyList<DebLiteral> Disjunction, IReadOnlyList<DebClause> Antecedents)
        : DebClause(Disjunction);

    /// <summary>Compared by reference: a clause is made once.</summary>
    public virtual bool Equals(DebClause? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
