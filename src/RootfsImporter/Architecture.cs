using System.Diagnostics.CodeAnalysis;

namespace RootfsImporter;

/// <summary>
/// A machine architecture with all of its spellings: Debian's, Alpine's and OCI's. Values compare by identity of
/// the Debian name.
/// </summary>
public sealed record Architecture
{
    private Architecture(string deb, string? apk, string oci, string? variant, ushort elfMachine)
    {
        Deb = deb;
        Apk = apk;
        Oci = oci;
        Variant = variant;
        ElfMachine = elfMachine;
    }

    /// <summary>Debian's name (dpkg --print-architecture), and the one used in options and profiles: <c>amd64</c>.</summary>
    public string Deb { get; }

    /// <summary>Alpine's name (/etc/apk/arch): <c>x86_64</c>; null where Alpine has no port.</summary>
    public string? Apk { get; }

    /// <summary>GOARCH, the <c>architecture</c> of an OCI platform: <c>amd64</c>.</summary>
    public string Oci { get; }

    /// <summary>The <c>variant</c> of an OCI platform (<c>v8</c>), or null.</summary>
    public string? Variant { get; }

    /// <summary>e_machine of its ELF files (elf(5)).</summary>
    public ushort ElfMachine { get; }

    /// <summary>Every architecture that the tool knows, by Debian name.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new("amd64", "x86_64", "amd64", null, 62),
        new("arm64", "aarch64", "arm64", "v8", 183),
        new("armel", "armhf", "arm", "v6", 40),
        new("armhf", "armv7", "arm", "v7", 40),
        new("i386", "x86", "386", null, 3),
        new("loong64", "loongarch64", "loong64", null, 258),
        new("ppc64el", "ppc64le", "ppc64le", null, 21),
        new("riscv64", "riscv64", "riscv64", null, 243),
        new("s390x", "s390x", "s390x", null, 22),
    ];

    /// <summary>The architecture of the running host; throws <see cref="ProfileException"/> when it is none we know.</summary>
    public static Architecture Host { get; } = Parse(
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "amd64",
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            System.Runtime.InteropServices.Architecture.X86 => "i386",
            System.Runtime.InteropServices.Architecture.Arm => "armhf",
            System.Runtime.InteropServices.Architecture.S390x => "s390x",
            System.Runtime.InteropServices.Architecture.Ppc64le => "ppc64el",
            System.Runtime.InteropServices.Architecture.RiscV64 => "riscv64",
            System.Runtime.InteropServices.Architecture.LoongArch64 => "loong64",
            System.Runtime.InteropServices.Architecture other => other.ToString(),
        });

    /// <summary>Finds an architecture by its Debian, Alpine or OCI name.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out Architecture? architecture)
    {
        architecture = All.FirstOrDefault(a => a.Deb == name)
            ?? All.FirstOrDefault(a => a.Apk == name)
            // Of those that OCI tells apart by variant only the last is what the name alone means: arm is arm/v7.
            ?? All.LastOrDefault(a => a.Oci == name);
        return architecture is not null;
    }

    /// <summary>As <see cref="TryParse"/>, but throws <see cref="ProfileException"/> with the known names.</summary>
    public static Architecture Parse(string name) => TryParse(name, out Architecture? architecture)
        ? architecture
        : throw new ProfileException(
            $"unknown architecture '{name}'", $"known are {string.Join(", ", All.Select(a => a.Deb))}");

    /// <summary>The Debian name.</summary>
    public override string ToString() => Deb;
}
