namespace RootfsImporter.Elf;

/// <summary>
/// What the headers of an ELF file say of how it is loaded (elf(5), System V gABI chapters 4 and 5). Strings are as in the
/// file: nothing is expanded or judged.
/// </summary>
internal sealed record ElfFile
{
    /// <summary>The architecture that it runs on; null for a machine that no distribution here is built for.</summary>
    public required Architecture? Architecture { get; init; }

    /// <summary>
    /// The program interpreter (PT_INTERP): <c>/lib64/ld-linux-x86-64.so.2</c>; null for a static program and for most
    /// libraries.
    /// </summary>
    public string? Interpreter { get; init; }

    /// <summary>DT_NEEDED, in order.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>DT_SONAME, or null.</summary>
    public string? SoName { get; init; }

    /// <summary>DT_RPATH split at colons, in order.</summary>
    public IReadOnlyList<string> RPath { get; init; } = [];

    /// <summary>DT_RUNPATH split at colons, in order.</summary>
    public IReadOnlyList<string> RunPath { get; init; } = [];

    /// <summary>Whether it has a dynamic section: a dynamic program, a library, or a static PIE.</summary>
    public required bool IsDynamic { get; init; }

    /// <summary>
    /// Whether it can be started: linked at a fixed address (ET_EXEC), or made to be loaded anywhere (ET_DYN) with an
    /// interpreter or the mark of a PIE (DF_1_PIE). Some libraries can be, libc.so.6 for one.
    /// </summary>
    public bool IsProgram { get; init; }

    /// <summary>
    /// Whether its libraries are not searched in default directories (DF_1_NODEFLIB, <c>ld -z nodefaultlib</c>).
    /// </summary>
    public bool SkipsDefaultDirectories { get; init; }

    /// <summary>
    /// Reads the headers of a seekable stream from its start; null when it is no ELF file. Throws
    /// <see cref="InvalidDataException"/> for one whose headers contradict themselves or lead out of the file. At most a
    /// few MB are read, whatever the headers say.
    /// </summary>
    public static ElfFile? TryRead(Stream file)
    {
        ElfBytes bytes = new(file);
        return ElfHeader.TryRead(bytes) is { } header ? ElfSegments.Read(bytes, header) : null;
    }
}
