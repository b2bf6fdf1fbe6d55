namespace RootfsImporter.Profiles;

/// <summary>The sections that say what is in the image: packages, configuration, sealing.</summary>
internal sealed partial class ProfileMapping
{
    private PackageSelection Packages()
    {
        ProfileSection section = _root.Section("packages", ProfileKeys.Packages);
        string[] include = [.. section.List("include").Select(term => PackageGrammar.Term(term, _family)).Distinct()];
        foreach (YamlNode.Scalar excluded in section.List("exclude"))
        {
            if (include.Any(term => NameOf(term) == NameOf(excluded.Value)))
            {
                throw excluded.Mark.Error($"{excluded.Kind} is both included and excluded");
            }
        }

        return new PackageSelection
        {
            Essential = section.Flag("essential", absent: _base is null),
            Priorities = [.. section.List("priorities").Select(ProfileValues.Priority).Distinct()],
            Include = include,
            Exclude = [.. section.List("exclude").Select(name => PackageGrammar.Name(name, _family)).Distinct()],
            Pin = section.Entries("pin").ToDictionary(
                entry => PackageGrammar.Name(new YamlNode.Scalar(entry.Mark, entry.Key, true), _family),
                entry => PackageGrammar.Version(ProfileSection.AsScalar(entry.Value, entry.Key), _family)),
            Recommends = section.Flag("recommends", absent: false),
            PhasedUpdates = section.Scalar("phasedUpdates") is YamlNode.Scalar policy
                ? ProfileValues.Phased(policy)
                : PhasedUpdates.Include,
            Extract = [.. section.List("extract").Select(name => PackageGrammar.Name(name, _family)).Distinct()],
            Scripts = section.Scalar("scripts") is YamlNode.Scalar scripts
                ? ProfileValues.Scripts(scripts)
                : PackageScripts.Run,
        };
    }

    private string NameOf(string term) => PackageGrammar.NameOf(term, _family);

    private ImageSettings Image()
    {
        ProfileSection section = _root.Section("image", ProfileKeys.Image);
        return new ImageSettings
        {
            Cmd = [.. section.List("cmd").Select(ProfileValues.Text)],
            Entrypoint = [.. section.List("entrypoint").Select(ProfileValues.Text)],
            Env = [.. section.Entries("env").Select(Variable)],
            Labels = section.Entries("labels").ToDictionary(
                entry => entry.Key,
                entry => ProfileValues.Text(Expand(ProfileSection.AsScalar(entry.Value, entry.Key)))),
            User = section.Scalar("user") is YamlNode.Scalar user ? ProfileValues.Line(user) : null,
            WorkingDir = section.Scalar("workingDir") is YamlNode.Scalar directory
                ? ProfileValues.AbsolutePath(directory)
                : null,
            Volumes = [.. section.List("volumes").Select(ProfileValues.AbsolutePath).Distinct()],
            ExposedPorts = [.. section.List("exposedPorts").Select(ProfileValues.Port).Distinct()],
        };
    }

    private SealSettings Seal(IReadOnlyDictionary<string, Archive> archives)
    {
        ProfileSection section = _root.Section("seal", ProfileKeys.Seal);
        return new SealSettings
        {
            DockerSettings = section.Flag("dockerSettings", absent: true),
            SourceComponents =
                [.. section.List("sourceComponents").Select(ProfileValues.Component).Distinct()],
            SourceSuites =
                [.. section.List("sourceSuites").Select(suite => ProfileValues.Suite(Expand(suite))).Distinct()],
            ImageMirrors = section.Entries("imageMirrors").ToDictionary(
                entry => ArchiveName(entry.Mark, entry.Key, archives),
                entry => ProfileValues.Address(Expand(ProfileSection.AsScalar(entry.Value, entry.Key)))),
            PathExclude = [.. section.List("pathExclude").Select(ProfileValues.AbsolutePath)],
            PathInclude = [.. section.List("pathInclude").Select(ProfileValues.AbsolutePath)],
        };
    }

    private string Variable(YamlEntry entry) =>
        entry.Key.Contains('=', StringComparison.Ordinal) || entry.Key.Any(char.IsControl)
            ? throw entry.Mark.Error($"'{entry.Key}' is not the name of an environment variable")
            : $"{entry.Key}={ProfileValues.Text(Expand(ProfileSection.AsScalar(entry.Value, entry.Key)))}";
}
