namespace RootfsImporter.Profiles;

/// <summary>What a profile does beyond packages: files that it copies, commands that it runs, what it removes.</summary>
internal sealed partial class ProfileMapping
{
    /// <summary>Packages for <c>run</c> alone; they are neither in the image nor kept out of it.</summary>
    private string[] BuildOnly(PackageSelection packages)
    {
        IReadOnlyList<YamlNode.Scalar> terms = _root.List("buildOnly");
        foreach (YamlNode.Scalar term in terms)
        {
            PackageGrammar.Term(term, _family);
            RefuseTwice(term, packages.Include, "included and build-only");
            RefuseTwice(term, packages.Exclude, "build-only and excluded");
        }

        return [.. terms.Select(term => term.Value).Distinct()];
    }

    private Removal Remove(PackageSelection packages, IReadOnlyList<string> buildOnly)
    {
        IReadOnlyList<YamlNode.Scalar> entries = _root.List("remove");
        YamlNode.Scalar[] names = [.. entries.Where(entry => !entry.Value.StartsWith('/'))];
        foreach (YamlNode.Scalar name in names)
        {
            PackageGrammar.Name(name, _family);
            RefuseTwice(name, packages.Include, "included and removed");
            RefuseTwice(name, buildOnly, "build-only and removed");
        }

        return new Removal
        {
            Packages = [.. names.Select(name => name.Value).Distinct()],
            Paths = [.. entries.Except(names).Select(ProfilePaths.Removed).Distinct()],
        };
    }

    private void RefuseTwice(YamlNode.Scalar term, IReadOnlyList<string> others, string both)
    {
        if (others.Any(other => NameOf(other) == NameOf(term.Value)))
        {
            throw term.Mark.Error($"'{NameOf(term.Value)}' is both {both}", "remove it from one of the lists");
        }
    }

    private List<CopiedFile> Files()
    {
        List<CopiedFile> files = [];
        foreach (YamlNode item in _root.Nodes("files"))
        {
            ProfileSection section = new(item, "file", ProfileKeys.File, _family);
            YamlNode.Scalar source = section.RequireScalar("source");
            string path = ProfilePaths.Source(source);
            YamlNode.Scalar target = section.RequireScalar("target");
            if (target.Value == "/" && !ProfilePaths.IsDirectory(path))
            {
                throw target.Mark.Error(
                    $"'/' is a directory, and {source.Kind} is none", "name the file itself: '/etc/motd'");
            }

            files.Add(new CopiedFile
            {
                Source = path,
                Target = ProfilePaths.Target(target),
                Mode = section.Scalar("mode") is YamlNode.Scalar mode ? ProfileValues.Mode(mode) : null,
                Owner = section.Scalar("owner") is YamlNode.Scalar owner ? ProfileValues.Owner(owner) : DefaultOwner,
            });
        }

        return files;
    }

    /// <summary>A command is text, or a mapping of the text and whether it sees the network.</summary>
    private List<RunCommand> Run()
    {
        List<RunCommand> commands = [];
        foreach (YamlNode item in _root.Nodes("run"))
        {
            if (item is not YamlNode.Mapping)
            {
                commands.Add(new RunCommand { Command = ProfileValues.Command(ProfileSection.AsScalar(item, "run")) });
                continue;
            }

            ProfileSection section = new(item, "command", ProfileKeys.Command, _family);
            commands.Add(new RunCommand
            {
                Command = ProfileValues.Command(section.RequireScalar("command")),
                HasNetwork = section.Flag("network", absent: false),
            });
        }

        return commands;
    }

    private const string DefaultOwner = "0:0";

    /// <summary>What stands on a profile is of the same distribution, and for no architecture that the base lacks.</summary>
    private void CheckBase(Profile under)
    {
        YamlNode.Scalar distribution = _root.RequireScalar("distribution");
        if (under.Family != _family || under.Distribution != distribution.Value)
        {
            throw distribution.Mark.Error(
                $"the base '{under.Name}' is {under.Distribution} of the package family {under.Family}, "
                + $"and this profile is {distribution.Value} of {_family}",
                "leave out what the base says already");
        }

        foreach (YamlNode.Scalar name in Scalars(_root, "architectures"))
        {
            if (!under.Architectures.Contains(ProfileValues.ArchitectureName(name)))
            {
                throw name.Mark.Error(
                    $"the base '{under.Name}' has no {name.Kind}",
                    $"it has {string.Join(", ", under.Architectures.Select(architecture => architecture.Deb))}");
            }
        }
    }
}
