using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Registries;

/// <summary>What people write for a registry: <c>docker://[HOST[:PORT]/]NAME[:TAG]</c>, as skopeo does.</summary>
internal static class RegistryPlace
{
    internal static RegistryTarget ParseTarget(PlaceText text, TargetDefaults defaults)
    {
        Reference reference = text.Reference(text.Place);
        string? wrong = defaults.AdditionalTags.FirstOrDefault(
            tag => !Reference.TryParse($"name:{tag}", out Reference? tagged) || tagged.Tag != tag);
        return wrong is null
            ? new RegistryTarget(text.Text, reference, defaults)
            : throw text.Error(
                $"'{wrong}' is not a tag", "a tag is up to 128 letters, digits, dots, dashes and underscores");
    }

    internal static RegistrySource ParseSource(PlaceText text, TargetDefaults defaults) =>
        Reference.TryParse(text.Place, out Reference? reference)
            ? new RegistrySource(text.Text, reference.WithDefaultTag(), defaults.Registry)
            : throw text.Error(
                $"'{text.Place}' is not an image name",
                "write it as ubuntu:24.04, 127.0.0.1:5000/team/ubuntu:24.04 or NAME@sha256:DIGEST");
}
