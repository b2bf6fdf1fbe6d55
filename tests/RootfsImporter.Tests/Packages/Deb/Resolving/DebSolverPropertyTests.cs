using RootfsImporter.Packages;
using RootfsImporter.Packages.Deb.Control;

namespace RootfsImporter.Tests.Packages.Deb.Resolving;

/// <summary>The solver against trying out everything, in archives small enough for that.</summary>
public sealed class DebSolverPropertyTests
{
    private const int Worlds = 600;
    private static readonly string[] Names = ["a", "b", "c", "d", "e", "f"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Finds_a_valid_set_exactly_where_there_is_one(int seed)
    {
        Random random = new(seed);
        int solvable = 0;
        for (int i = 0; i < Worlds; i++)
        {
            string[] stanzas = [.. Stanzas(random)];
            string[] wanted = [.. Names.Where(_ => random.Next(3) == 0).DefaultIfEmpty("a")];
            List<Stanza> all = [.. stanzas.Select(Stanza.Read)];
            bool isPossible = Sets(all).Any(s => IsValid(s, wanted));

            Resolution resolution = new DebWorld(stanzas).Include(wanted).Resolve();

            string situation = $"{string.Join('\n', stanzas)}\nwanted: {string.Join(' ', wanted)}";
            Assert.True(isPossible == resolution is Resolution.Solved, situation);
            if (resolution is Resolution.Solved solved)
            {
                solvable++;
                Assert.True(
                    IsValid([.. solved.Packages.Select(p => all.Single(s => s.Name == p.Name && s.Version == p.Version))], wanted),
                    $"{situation}\nchosen: {string.Join(' ', solved.Packages.Select(p => $"{p.Name}={p.Version}"))}");
            }
            else
            {
                Assert.NotEmpty(((Resolution.Unsatisfiable)resolution).Reasons);
            }
        }

        // The generator is worth something only while both outcomes are common.
        Assert.InRange(solvable, Worlds / 5, Worlds * 4 / 5);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Adds_to_a_base_exactly_where_that_is_possible_and_changes_no_more_of_it_than_it_must(int seed)
    {
        Random random = new(seed);
        int solvable = 0;
        int upgrades = 0;
        for (int i = 0; i < Worlds; i++)
        {
            string[] stanzas = [.. Stanzas(random)];
            List<Stanza> all = [.. stanzas.Select(Stanza.Read)];
            List<List<Stanza>> valid = [.. Sets(all).Where(s => IsValid(s, []))];
            List<Stanza> installed = Enumerable.Range(0, 8).Select(_ => valid[random.Next(valid.Count)])
                .MaxBy(set => set.Count(p => p.Version == "1"))!;
            string[] wanted = [.. Names.Where(_ => random.Next(4) == 0).DefaultIfEmpty("a")];
            bool isPossible = valid.Any(s => IsValid(s, wanted) && installed.TrueForAll(
                old => s.Exists(now => now.Name == old.Name && string.CompareOrdinal(now.Version, old.Version) >= 0)));

            DebWorld world = new DebWorld(stanzas).Include(wanted);
            Resolution resolution = (installed.Count == 0
                ? world
                : world.Installed([.. stanzas.Where(s => installed.Exists(p => s.StartsWith($"{p.Name} {p.Version}", StringComparison.Ordinal)))]))
                .Resolve();

            string situation = $"{string.Join('\n', stanzas)}\nwanted: {string.Join(' ', wanted)}\n"
                + $"installed: {string.Join(' ', installed.Select(p => $"{p.Name}={p.Version}"))}";
            Assert.True(isPossible == resolution is Resolution.Solved, situation);
            if (resolution is Resolution.Solved solved)
            {
                solvable++;
                List<Stanza> added =
                    [.. solved.Packages.Select(p => all.Single(s => s.Name == p.Name && s.Version == p.Version))];
                situation += $"\nadded: {string.Join(' ', added.Select(p => $"{p.Name}={p.Version}"))}";
                List<Stanza> now = [.. installed.Where(old => !added.Exists(p => p.Name == old.Name)), .. added];
                Assert.True(IsValid(now, wanted), situation);
                Assert.DoesNotContain(added, installed.Contains);
                foreach (Stanza old in installed.Where(old => added.Exists(p => p.Name == old.Name) && !wanted.Contains(old.Name)))
                {
                    upgrades++;
                    Assert.False(IsValid([old, .. now.Where(p => p.Name != old.Name)], wanted), $"{situation}\nneedless: {old.Name}");
                }
            }
        }

        Assert.InRange(solvable, Worlds / 5, Worlds * 19 / 20);
        Assert.True(upgrades > 5, $"only {upgrades} packages of bases had to change");
    }

    private static IEnumerable<string> Stanzas(Random random)
    {
        foreach (string name in Names)
        {
            for (int version = 1; version <= random.Next(1, 3); version++)
            {
                string stanza = $"{name} {version}";
                if (random.Next(10) < 7)
                {
                    stanza += $"; Depends: {string.Join(", ", Groups(random))}";
                }

                if (random.Next(10) < 5)
                {
                    stanza += $"; Conflicts: {Term(random)}";
                }

                if (random.Next(10) < 3)
                {
                    stanza += $"; Provides: v{(random.Next(2) == 0 ? $" (= {random.Next(1, 3)})" : "")}";
                }

                yield return stanza;
            }
        }
    }

    private static IEnumerable<string> Groups(Random random) => Enumerable.Range(0, random.Next(1, 3)).Select(_ =>
        string.Join(" | ", Enumerable.Range(0, random.Next(1, 4)).Select(_ => Term(random))));

    private static string Term(Random random)
    {
        string name = random.Next(7) == 0 ? "v" : Names[random.Next(Names.Length)];
        return random.Next(3) switch
        {
            0 => $"{name} (= {random.Next(1, 3)})",
            1 => $"{name} (>= {random.Next(1, 3)})",
            _ => name,
        };
    }

    /// <summary>Every way to take one version or none of each name.</summary>
    private static IEnumerable<List<Stanza>> Sets(List<Stanza> all)
    {
        IEnumerable<List<Stanza>> sets = [[]];
        foreach (string name in Names)
        {
            sets = sets.SelectMany(set => all.Where(s => s.Name == name)
                .Select(List<Stanza> (s) => [.. set, s]).Append(set)).ToList();
        }

        return sets;
    }

    private static bool IsValid(List<Stanza> set, string[] wanted) =>
        wanted.All(w => set.Exists(s => s.Name == w))
        && set.TrueForAll(s => s.Depends.All(g => g.Alternatives.Any(r => set.Exists(o => o.Satisfies(r))))
            && !s.Conflicts.Any(g => set.Exists(o => o.Name != s.Name && o.Satisfies(g.Alternatives[0]))));

    private sealed record Stanza(
        string Name, string Version, IReadOnlyList<RelationGroup> Depends, IReadOnlyList<RelationGroup> Conflicts,
        IReadOnlyList<RelationGroup> Provides)
    {
        public static Stanza Read(string line)
        {
            string[] parts = line.Split("; ");
            IReadOnlyList<RelationGroup> Field(string name) => RelationParser.Parse(
                parts.FirstOrDefault(p => p.StartsWith(name, StringComparison.Ordinal))?[(name.Length + 2)..] ?? "",
                "amd64");
            string[] head = parts[0].Split(' ');
            return new Stanza(head[0], head[1], Field("Depends"), Field("Conflicts"), Field("Provides"));
        }

        public bool Satisfies(Relation relation) =>
            (relation.Name == Name && relation.Accepts(DebVersion.Parse(Version)))
            || Provides.Any(p => p.Alternatives[0].Name == relation.Name
                && (relation.Operator == RelationOperator.Any
                    || (p.Alternatives[0].Operator == RelationOperator.Equal
                        && relation.Accepts(p.Alternatives[0].Version))));
    }
}
