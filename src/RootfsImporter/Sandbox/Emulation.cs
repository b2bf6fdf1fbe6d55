namespace RootfsImporter.Sandbox;

/// <summary>Whether this host can run programs of an architecture.</summary>
internal static class Emulation
{
    private const string BinfmtDirectory = "/proc/sys/fs/binfmt_misc";

    /// <summary>
    /// Throws <see cref="HostException"/> unless programs of the architecture run here: natively, in the processor's
    /// 32-bit mode, or through an interpreter registered with binfmt_misc
    /// (kernel.org/doc/html/latest/admin-guide/binfmt-misc.html).
    /// </summary>
    public static void Require(Architecture architecture)
    {
        if (!RunsHere(architecture, Architecture.Host) && !HasInterpreter(architecture))
        {
            throw new HostException(
                $"maintainer scripts of {architecture} cannot run on this {Architecture.Host} host: no interpreter for "
                    + "them is registered with binfmt_misc",
                "install qemu-user-static and binfmt-support, build on a host of that architecture, or choose a profile that runs no "
                    + "scripts, as the minirootfs variants of Alpine's");
        }
    }

    private static bool RunsHere(Architecture architecture, Architecture host) =>
        architecture == host
        || (host.Deb, architecture.Deb) is ("amd64", "i386") or ("arm64", "armhf") or ("arm64", "armel");

    private static bool HasInterpreter(Architecture architecture)
    {
        // The mask of an entry leaves e_machine at byte 18 (elf(5)), two hexadecimal digits a byte in "magic".
        const int MachineDigits = 36;
        byte low = (byte)(architecture.ElfMachine & 0xFF);
        byte high = (byte)(architecture.ElfMachine >> 8);
        string little = $"{low:x2}{high:x2}";
        string big = $"{high:x2}{low:x2}";
        return Directory.Exists(BinfmtDirectory) && Directory.EnumerateFiles(BinfmtDirectory)
            .Where(file => Path.GetFileName(file) is not ("register" or "status"))
            .Select(file => File.ReadAllText(file))
            .Where(text => text.StartsWith("enabled", StringComparison.Ordinal))
            .SelectMany(text => text.Split('\n'))
            .Where(line => line.StartsWith("magic ", StringComparison.Ordinal))
            .Select(line => line["magic ".Length..].Trim())
            .Any(magic => magic.Length >= MachineDigits + 4
                && magic.Substring(MachineDigits, 4) is string machine && (machine == little || machine == big));
    }
}
