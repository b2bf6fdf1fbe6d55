using System.Text;
using RootfsImporter.Files;
using RootfsImporter.Linking;

namespace RootfsImporter.Scratch;

/// <summary>Files that programs use and do not name in their headers.</summary>
internal static class ScratchExtras
{
    /// <summary>Where the certificates are in every image that has them.</summary>
    public const string CertificateFile = "etc/ssl/certs/ca-certificates.crt";

    /// <summary>The variable that tells OpenSSL and Go of it, wherever they were built to look.</summary>
    public const string CertificateVariable = "SSL_CERT_FILE";

    private const string CertificateLink = "/etc/ssl/cert.pem";
    private const string CertificateDirectory = "/usr/share/ca-certificates";
    private const string Zones = "/usr/share/zoneinfo";
    private const int MaxCertificateBytes = 1 << 20;
    private const int FileMode = 0b110_100_100;
    private const int StickyMode = 0b1_111_111_111;

    private static readonly (string Path, string Text)[] Users =
    [
        ("etc/passwd", """
            root:x:0:0:root:/:/sbin/nologin
            nobody:x:65534:65534:nobody:/:/sbin/nologin
            nonroot:x:65532:65532:nonroot:/:/sbin/nologin

            """),
        ("etc/group", """
            root:x:0:
            nobody:x:65534:
            nonroot:x:65532:

            """),

        // Without it glibc asks name servers before /etc/hosts (nsswitch.conf(5)).
        ("etc/nsswitch.conf", """
            passwd: files
            group: files
            hosts: files dns

            """),
    ];

    /// <summary>The package that has the files, by package family; null when they are made here.</summary>
    public static string? PackageOf(ScratchExtra extra, string family) => extra switch
    {
        ScratchExtra.CaCertificates => family == "apk" ? "ca-certificates-bundle" : "ca-certificates",
        ScratchExtra.Tzdata => "tzdata",
        _ => null,
    };

    /// <summary>Adds one group. Throws <see cref="ProfileException"/> when the root does not have its files.</summary>
    public static void Add(LinkedTree tree, ILinkRoot root, ScratchExtra extra)
    {
        switch (extra)
        {
            case ScratchExtra.CaCertificates:
                AddCertificates(tree, root, new LinkReason(LinkReasonKind.With, "ca-certificates"));
                break;
            case ScratchExtra.Tzdata:
                AddZones(tree, root, new LinkReason(LinkReasonKind.With, "tzdata"));
                break;
            case ScratchExtra.Passwd:
                foreach ((string path, string text) in Users)
                {
                    tree.Put(Made(path, Encoding.UTF8.GetBytes(text)), new LinkReason(LinkReasonKind.With, "passwd"));
                }

                break;
            case ScratchExtra.Tmp:
                foreach (string path in (string[])["tmp", "var/tmp"])
                {
                    tree.Put(
                        new TreeEntry { Path = RootPath.Parse(path), Kind = EntryKind.Directory, Mode = StickyMode },
                        new LinkReason(LinkReasonKind.With, "tmp"));
                }

                break;
            default:
                throw new System.Diagnostics.UnreachableException(extra.ToString());
        }
    }

    /// <summary>
    /// The bundle of the root, or where no script has made one (Debian's packages) what update-ca-certificates(8) makes: all
    /// certificates, in the order of their names, each ending its line.
    /// </summary>
    private static void AddCertificates(LinkedTree tree, ILinkRoot root, LinkReason why)
    {
        if (tree.PutTrail(root, "/" + CertificateFile, movedTo: null, why) is not null)
        {
            if (LinkTrail.Follow(root, CertificateLink) is not null)
            {
                tree.PutTrail(root, CertificateLink, movedTo: null, why);
            }

            return;
        }

        using MemoryStream bundle = new();
        foreach (RootPath path in Certificates(root))
        {
            byte[] certificate = SmallFile.TryRead(root, path.ToString(), MaxCertificateBytes)!;
            bundle.Write(certificate);
            if (certificate is [.., not (byte)'\n'])
            {
                bundle.WriteByte((byte)'\n');
            }
        }

        if (bundle.Length == 0)
        {
            throw new ProfileException(
                $"--with ca-certificates: the root has neither /{CertificateFile} nor {CertificateDirectory}",
                "install ca-certificates there, or take it from packages with --from");
        }

        tree.Put(Made(CertificateFile, bundle.ToArray()), why);
    }

    private static IEnumerable<RootPath> Certificates(ILinkRoot root)
    {
        if (LinkTrail.Follow(root, CertificateDirectory)?.End is not { Kind: EntryKind.Directory } directory)
        {
            return [];
        }

        LinkedTree found = new();
        LinkSeed seed = new(root, CertificateDirectory, MovedTo: null);
        return SeedDirectory.Add(found, seed, directory.Path).Select(file => file.Source)
            .Where(path => path.Name.EndsWith(".crt", StringComparison.Ordinal))
            .OrderBy(path => path.Value, StringComparer.Ordinal);
    }

    private static void AddZones(LinkedTree tree, ILinkRoot root, LinkReason why)
    {
        if (tree.PutTrail(root, Zones, movedTo: null, why) is not { Kind: EntryKind.Directory } directory)
        {
            throw new ProfileException(
                $"--with tzdata: the root has no {Zones}", "install tzdata there, or take it from packages with --from");
        }

        SeedDirectory.Add(tree, new LinkSeed(root, Zones, MovedTo: null), directory.Path, why);
    }

    private static TreeEntry Made(string path, byte[] content) => new()
    {
        Path = RootPath.Parse(path),
        Kind = EntryKind.File,
        Mode = FileMode,
        Content = new BytesContent(content),
    };
}
