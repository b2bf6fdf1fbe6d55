using RootfsImporter.Files;
using RootfsImporter.Oci;
using RootfsImporter.Packages;
using RootfsImporter.Profiles;
using RootfsImporter.Sealing;

namespace RootfsImporter.Importing;

/// <summary>
/// Finds out what a foreign tree is, and decides from that how it is sealed and what the image says of itself.
/// </summary>
internal sealed class Recogniser(ImportRequest request, IProgress<BuildEvent> events)
{
    private static readonly string[] Families = ["deb", "apk"];

    /// <summary>
    /// Throws <see cref="PackageFormatException"/> for what is no root file system, and <see cref="ProfileException"/> when
    /// the architecture is not clear or not the one that is wanted.
    /// </summary>
    public Recognised Recognise(ForeignTree foreign)
    {
        RootTree tree = foreign.Tree;
        OsRelease? release = ReadRelease(tree);
        Finding? program = TreeArchitecture.FindProgram(tree);
        (string Family, InstalledPackages Packages)? database = request.KeepAsIs ? null : ReadDatabase(tree);
        bool isFree = request is { KeepAsIs: true, Architecture: not null };
        if (release is null && program is null && database is null && foreign.Config is null && !isFree)
        {
            throw new PackageFormatException(
                $"{request.Source.Name} is not a root file system: it has neither /etc/os-release nor a program such as "
                    + "/bin/sh",
                "name the directory or archive that has /etc and /bin at its top; with --keep-as-is and --arch anything is "
                    + "taken");
        }

        if (foreign.LostSettings.Count > 0)
        {
            events.Report(new BuildEvent.Warning(
                $"{request.Source.Name} has settings that the new image does not have: "
                    + string.Join(", ", foreign.LostSettings)));
        }

        Profile? profile = ProfileMatch.Find(request.Profiles, release);
        TreeTimes times = new(tree, database?.Packages.Paths, request.SourceDateEpoch);
        return new Recognised
        {
            Recognition = new Recognition
            {
                Title = release?.Title,
                Distribution = release?.Id,
                Version = release?.VersionId,
                Profile = profile?.Name,
                Family = database?.Family,
                Packages = database?.Packages.Packages.Count,
                Architecture = isFree ? request.Architecture! : DecideArchitecture(foreign, program, database?.Packages),
                SourceDateEpoch = !request.KeepAsIs ? times.Epoch : request.SourceDateEpoch ?? TreeTimes.NewestOf(tree),
            },
            Settings = request.Changes.ApplyTo(foreign.Config is { } config ? TreeSettings.Of(config.Config)
                : profile?.Image ?? TreeSettings.Of(tree, release)),
            Times = times,
            Rules = database is { Family: string family } ? RulesOf(family, profile, release) : [],
        };
    }

    private OsRelease? ReadRelease(RootTree tree)
    {
        try
        {
            return OsRelease.TryRead(tree);
        }
        catch (InvalidDataException e)
        {
            throw new PackageFormatException($"cannot import {request.Source.Name}: {e.Message}", null, e);
        }
    }

    private (string Family, InstalledPackages Packages)? ReadDatabase(RootTree tree)
    {
        foreach (string family in Families)
        {
            if (PackageFamilies.Create(family, events).ReadInstalled(tree) is { } packages)
            {
                return (family, packages);
            }
        }

        return null;
    }

    private Architecture DecideArchitecture(ForeignTree foreign, Finding? program, InstalledPackages? packages)
    {
        Finding? installed = TreeArchitecture.FindInDatabase(
            (packages?.Packages ?? []).Select(package => package.Architecture));
        Finding? image = foreign.Config is not { } config ? null
            : new Finding(
                "its config is", Architecture.All.LastOrDefault(architecture => IsOf(config.Platform, architecture)));
        Finding?[] findings = [installed, image, program];
        return TreeArchitecture.Decide(request.Source.Name, request.Architecture, [.. findings.OfType<Finding>()]);
    }

    private static bool IsOf(Platform platform, Architecture architecture) => platform.Architecture == architecture.Oci
        && (platform.Variant is null || architecture.Variant is null || platform.Variant == architecture.Variant);

    /// <summary>
    /// The rules of the family for the tree's release. A release without a profile keeps what it says of apt and dpkg: what
    /// the images of its distribution would say is not known. Sources stay as they are in any case.
    /// </summary>
    private IReadOnlyList<SealRule> RulesOf(string family, Profile? profile, OsRelease? release) =>
        PackageFamilies.Create(family, events).SealRules(profile?.Family == family ? profile : Unknown(family, release), []);

    private static Profile Unknown(string family, OsRelease? release) => new()
    {
        Name = release?.Id ?? "linux",
        Title = release?.Title ?? "Linux",
        Distribution = release?.Id ?? "linux",
        Version = release?.VersionId ?? "0",
        Family = family,
        Suite = release?.VersionId ?? "unknown",
        Architectures = [],
        Archives = new Dictionary<string, Archive>(),
        Pockets = [],
        Components = [],
        Keys = [],
        Packages = new PackageSelection(),
        Image = new ImageSettings(),
        Seal = new SealSettings { DockerSettings = false },
    };
}

/// <summary>What was found out, and what follows from it.</summary>
internal sealed record Recognised
{
    /// <summary>What people are told.</summary>
    public required Recognition Recognition { get; init; }

    /// <summary>The image's settings.</summary>
    public required ImageSettings Settings { get; init; }

    /// <summary>Which times are content.</summary>
    public required TreeTimes Times { get; init; }

    /// <summary>The family's seal rules; empty when there is no database.</summary>
    public required IReadOnlyList<SealRule> Rules { get; init; }
}
