namespace RootfsImporter.Archives;

/// <summary>A file or link in an archive that can be read at any place.</summary>
/// <param name="Name">Its path, without a leading <c>./</c>; never leaves the archive.</param>
/// <param name="Offset">Where its content starts.</param>
/// <param name="Size">The content's size, bytes; all of it is in the archive.</param>
/// <param name="LinkName">The member that a link leads to, by its path as <see cref="Name"/>; null for a file.</param>
internal sealed record TarMember(string Name, long Offset, long Size, string? LinkName);
