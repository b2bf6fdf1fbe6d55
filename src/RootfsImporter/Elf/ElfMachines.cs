namespace RootfsImporter.Elf;

/// <summary>
/// Which architecture an ELF header means: the machine, and what each machine's supplement of the ABI adds.
/// </summary>
internal static class ElfMachines
{
    private const int X86 = 3;
    private const int Ppc64 = 21;
    private const int S390 = 22;
    private const int Arm = 40;
    private const int LoongArch = 258;

    // EI_OSABI: System V, which most files say, and GNU, of files that use its extensions. The others are no Linux programs.
    private const byte OsAbiSystemV = 0;
    private const byte OsAbiGnu = 3;

    // "ELF for the Arm Architecture", e_flags: how floating-point numbers are passed, said by programs and libraries.
    private const uint ArmHardFloat = 0x400;
    private const uint ArmSoftFloat = 0x200;

    // "Power Architecture 64-Bit ELF V2 ABI", e_flags: 0 unspecified, 1 the ABI before, 2 this one.
    private const uint Ppc64AbiMask = 3;

    // "LoongArch ELF ABI", e_flags: 3 passes double-precision numbers in registers (lp64d).
    private const uint LoongArchAbiMask = 7;
    private const uint LoongArchDouble = 3;

    /// <summary>The architecture, or null when it is none we know.</summary>
    /// <param name="header">The header.</param>
    /// <param name="interpreter">PT_INTERP, which names the float ABI where an old arm file does not; or null.</param>
    public static Architecture? Find(ElfHeader header, string? interpreter)
    {
        if (header.OsAbi is not (OsAbiSystemV or OsAbiGnu)
            || header.Is64 == (header.Machine is X86 or Arm)
            || header.IsBigEndian != (header.Machine is S390))
        {
            return null;
        }

        return header.Machine switch
        {
            Arm => Architecture.Parse(IsHardFloat(header.Flags, interpreter) ? "armhf" : "armel"),
            Ppc64 when (header.Flags & Ppc64AbiMask) == 1 => null,
            LoongArch when (header.Flags & LoongArchAbiMask) != LoongArchDouble => null,
            _ => Architecture.All.FirstOrDefault(architecture => architecture.ElfMachine == header.Machine),
        };
    }

    private static bool IsHardFloat(uint flags, string? interpreter) =>
        (flags & (ArmHardFloat | ArmSoftFloat)) == 0
            ? interpreter?.Contains("armhf", StringComparison.Ordinal) == true
            : (flags & ArmHardFloat) != 0;
}
