using RootfsImporter.Cli.Commands;
using RootfsImporter.Profiles;

namespace RootfsImporter.Cli.Output;

/// <summary>A profile in a list.</summary>
internal sealed record ProfileLine
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    public required string Distribution { get; init; }

    public required string Version { get; init; }

    public required string Suite { get; init; }

    public DateOnly? EndOfLife { get; init; }

    public required bool IsEnded { get; init; }

    public required IReadOnlyList<Architecture> Architectures { get; init; }

    public required IReadOnlyList<string> Variants { get; init; }

    /// <summary>What it stands on, as the profile names it; null: nothing.</summary>
    public string? Base { get; init; }

    /// <summary>What a list says of a profile on a day.</summary>
    public static ProfileLine Of(Profile profile, DateOnly today) => new()
    {
        Name = profile.Name,
        Title = profile.Title,
        Distribution = profile.Distribution,
        Version = profile.Version,
        Suite = profile.Suite,
        EndOfLife = profile.EndOfLife,
        IsEnded = profile.EndOfLife < today,
        Architectures = profile.Architectures,
        Variants = profile.Variants,
        Base = profile.Base is { Profile: Profile under } ? BuildOptions.NameOf(under) : profile.Base?.Name,
    };
}
