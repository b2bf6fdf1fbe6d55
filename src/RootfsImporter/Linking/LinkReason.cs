namespace RootfsImporter.Linking;

/// <summary>Why a file is in an image.</summary>
/// <param name="Kind">The kind of reason.</param>
/// <param name="Of">What it is for: a path in the image, a name, or null where the kind says all.</param>
internal readonly record struct LinkReason(LinkReasonKind Kind, string? Of = null)
{
    /// <summary>The reason in words.</summary>
    public override string ToString() => Kind switch
    {
        LinkReasonKind.Named => "named",
        LinkReasonKind.InDirectory => $"in {Of}",
        LinkReasonKind.Interpreter => $"interpreter of {Of}",
        LinkReasonKind.Needed => $"needed by {Of}",
        LinkReasonKind.Link => $"link on the way to {Of}",
        LinkReasonKind.Setting => $"says where {Of} is",
        _ => $"--with {Of}",
    };
}

/// <summary>Kinds of reasons, the strongest first.</summary>
internal enum LinkReasonKind
{
    /// <summary>The user asked for it.</summary>
    Named,

    /// <summary>It is in a directory that the user asked for.</summary>
    InDirectory,

    /// <summary>A group of files that the user asked for.</summary>
    With,

    /// <summary>It loads a program, or runs a script.</summary>
    Interpreter,

    /// <summary>A program or library needs it.</summary>
    Needed,

    /// <summary>A symbolic link by which something else is found.</summary>
    Link,

    /// <summary>Settings of the dynamic linker.</summary>
    Setting,
}
