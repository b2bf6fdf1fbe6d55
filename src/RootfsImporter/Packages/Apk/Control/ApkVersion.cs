namespace RootfsImporter.Packages.Apk.Control;

/// <summary>A version as apk orders it (apk-tools, src/version.c; apk-package(5)).</summary>
internal sealed class ApkVersion
{
    /// <summary>The version as written.</summary>
    public override string ToString() => throw new NotImplementedException();
}
