namespace RootfsImporter.Packages.Apk.Control;

/// <summary>
/// One term of a dependency, provides or world list (apk-world(5)): <c>[!]name[@tag][operator version]</c>.
/// </summary>
internal sealed record ApkDependency
{
    /// <summary>The name: <c>busybox</c>, <c>so:libc.musl-x86_64.so.1</c>, <c>cmd:ls</c>, <c>/bin/sh</c>.</summary>
    public required string Name { get; init; }
}
