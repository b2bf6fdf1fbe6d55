using System.CommandLine;

namespace RootfsImporter.Cli.Commands;

/// <summary><c>profiles</c>: what can be built.</summary>
internal sealed class ProfilesCommand : Command, IHasExamples
{
    public ProfilesCommand(CommonOptions common, Wiring wiring)
        : base("profiles", "List the distribution releases that can be built, or show one")
    {
        ProfilesListCommand list = new(common, wiring);
        Add(list);
        Add(new ProfilesShowCommand(common, wiring));
        SetAction(list.Run);
    }

    public string Examples =>
        """
        rootfs-importer profiles                                 every profile, with the end of its support
        rootfs-importer profiles show debian-13 --variant slim   a profile with all that it extends merged in
        """;
}
