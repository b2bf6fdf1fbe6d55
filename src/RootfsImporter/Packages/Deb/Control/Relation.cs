using System.Diagnostics;
using System.Text;

namespace RootfsImporter.Packages.Deb.Control;

/// <summary>How a relation compares versions.</summary>
internal enum RelationOperator
{
    /// <summary>Any version.</summary>
    Any,

    /// <summary><c>&lt;&lt;</c>.</summary>
    Earlier,

    /// <summary><c>&lt;=</c>, and the old <c>&lt;</c>.</summary>
    EarlierOrEqual,

    /// <summary><c>=</c>.</summary>
    Equal,

    /// <summary><c>&gt;=</c>, and the old <c>&gt;</c>.</summary>
    LaterOrEqual,

    /// <summary><c>&gt;&gt;</c>.</summary>
    Later,
}

/// <summary>
/// One term of a relation field (deb-control(5), "Depends"): a package name with an optional architecture qualifier
/// (<c>any</c>, <c>native</c>, <c>amd64</c>) and an optional version condition.
/// </summary>
internal sealed record Relation
{
    /// <summary>The package's name.</summary>
    public required string Name { get; init; }

    /// <summary>What follows the colon after the name, or null.</summary>
    public string? Qualifier { get; init; }

    /// <summary>How versions are compared.</summary>
    public RelationOperator Operator { get; init; }

    /// <summary>What they are compared with; meaningless for <see cref="RelationOperator.Any"/>.</summary>
    public DebVersion Version { get; init; }

    /// <summary>Whether a version is one that the relation accepts.</summary>
    public bool Accepts(DebVersion version) => Operator switch
    {
        RelationOperator.Any => true,
        RelationOperator.Earlier => version < Version,
        RelationOperator.EarlierOrEqual => version <= Version,
        RelationOperator.Equal => version.CompareTo(Version) == 0,
        RelationOperator.LaterOrEqual => version >= Version,
        RelationOperator.Later => version > Version,
        _ => throw new UnreachableException(),
    };

    /// <summary>The term in its canonical spelling: <c>perl:any (&gt;= 5.30)</c>.</summary>
    public override string ToString()
    {
        StringBuilder text = new(Name);
        if (Qualifier is not null)
        {
            text.Append(':').Append(Qualifier);
        }

        return Operator == RelationOperator.Any
            ? text.ToString()
            : text.Append(" (").Append(Symbol(Operator)).Append(' ').Append(Version).Append(')').ToString();
    }

    private static string Symbol(RelationOperator value) => value switch
    {
        RelationOperator.Earlier => "<<",
        RelationOperator.EarlierOrEqual => "<=",
        RelationOperator.Equal => "=",
        RelationOperator.LaterOrEqual => ">=",
        RelationOperator.Later => ">>",
        _ => throw new UnreachableException(),
    };
}

/// <summary>Alternatives of which one has to be there, in the order of preference: <c>mawk | gawk</c>.</summary>
internal sealed record RelationGroup(IReadOnlyList<Relation> Alternatives)
{
    /// <summary>The alternatives in their canonical spelling.</summary>
    public override string ToString() => string.Join(" | ", Alternatives);
}
