using System.Globalization;
using System.Text;
using RootfsImporter.Archives;
using RootfsImporter.Packages.Apk.Archives;
using RootfsImporter.Packages.Apk.Database;

namespace RootfsImporter.Packages.Apk.Installing;

/// <summary>
/// lib/apk/db/scripts.tar, the scripts of what is installed, byte for byte as apk 2 writes it: a tar whose
/// members are named <c>NAME-VERSION.C.KIND</c>.
/// </summary>
internal static class ApkScriptArchive
{
    private const int NameBytes = 100;

    /// <summary>The order of the kinds within a package.</summary>
    private static readonly string[] Kinds =
    [
        "pre-install", "post-install", "pre-deinstall", "post-deinstall", "pre-upgrade", "post-upgrade", "trigger",
    ];

    /// <summary>The archive's bytes.</summary>
    /// <param name="installed">What was there and stays, in the order of the database; its members keep their names.</param>
    /// <param name="added">What is new, in the order of installation.</param>
    public static byte[] Write(IEnumerable<InstalledApk> installed, IEnumerable<UnpackedApk> added)
    {
        using MemoryStream tar = new();
        foreach (InstalledScript script in installed.SelectMany(
            package => package.Scripts.OrderBy(script => Array.IndexOf(Kinds, script.Kind))))
        {
            Append(tar, script.Member, script.ModifiedTime, script.Content.Span);
        }

        foreach (UnpackedApk package in added)
        {
            long.TryParse(
                package.Info["builddate"], NumberStyles.None, CultureInfo.InvariantCulture, out long buildTime);
            foreach (string kind in Kinds)
            {
                if (package.Control.Script(kind) is ApkScript script)
                {
                    Append(
                        tar, $"{package.Package.Name}-{package.Package.Version}.{package.Package.Checksum}.{kind}",
                        buildTime, script.Content.Span);
                }
            }
        }

        tar.Write(new byte[2 * TarHeader.BlockBytes]);
        return tar.ToArray();
    }

    private static void Append(MemoryStream tar, string name, long time, ReadOnlySpan<byte> content)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length >= NameBytes)
        {
            Append(tar, Encoding.ASCII.GetBytes("././@LongLink"), (byte)'L', 0, [.. bytes, 0]);
        }

        Append(tar, bytes, (byte)'0', time, content);
    }

    private static void Append(MemoryStream tar, byte[] name, byte type, long time, ReadOnlySpan<byte> content)
    {
        Span<byte> block = stackalloc byte[TarHeader.BlockBytes];
        new TarHeader
        {
            Name = name,
            TypeFlag = type,
            Mode = 0x1ED,
            Size = content.Length,
            ModifiedTime = time,
            IsApkStyle = true,
            OwnerName = "root"u8.ToArray(),
        }.Encode(block);
        tar.Write(block);
        tar.Write(content);
        tar.Write(new byte[-content.Length & (TarHeader.BlockBytes - 1)]);
    }
}
