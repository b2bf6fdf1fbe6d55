using RootfsImporter.Profiles;

namespace RootfsImporter.IntegrationTests;

/// <summary>The profiles' pinned keys in the form that apt and debootstrap want.</summary>
internal static class Keyrings
{
    /// <summary>Writes the keys of a profile as one binary keyring, readable by apt's download user.</summary>
    public static async Task<string> WriteAsync(Profile profile, string directory)
    {
        string keyring = Path.Combine(directory, "keyring.gpg");
        using FileStream output = File.Create(keyring);
        foreach (PinnedKey key in profile.Keys)
        {
            string binary = Path.Combine(directory, Path.GetFileName(key.Path) + ".gpg");
            await Host.RunAsync("gpg", ["--batch", "--yes", "--dearmor", "--output", binary, key.Path]);
            output.Write(File.ReadAllBytes(binary));
        }

        File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);
        File.SetUnixFileMode(keyring, (UnixFileMode)0x1A4);
        return keyring;
    }
}
