using RootfsImporter.Codecs;

namespace RootfsImporter.Packages.Apk.Archives;

/// <summary>One signature: a file <c>.SIGN.KIND.KEYNAME</c>.</summary>
/// <param name="Kind"><c>RSA</c> (with SHA-1), <c>RSA256</c>, <c>RSA512</c>, <c>DSA</c>, or one that is not known yet.</param>
/// <param name="KeyName">The file name of the public key, as in /etc/apk/keys.</param>
/// <param name="Value">The signature's bytes.</param>
internal sealed record ApkSignature(string Kind, string KeyName, ReadOnlyMemory<byte> Value);

/// <summary>The signatures at the start of an .apk or an APKINDEX.tar.gz: gzip members that hold nothing else.</summary>
/// <param name="All">The signatures, in order; empty for an unsigned file.</param>
/// <param name="SignedStart">Where the signed bytes begin, as compressed: after the last of these members.</param>
internal sealed record ApkSignatures(IReadOnlyList<ApkSignature> All, long SignedStart)
{
    private const string Prefix = ".SIGN.";
    private const int MaxMembers = 16;
    private const int MaxMemberBytes = 64 * 1024;

    /// <summary>
    /// Reads a file from its start; it is left at no certain position and stays the caller's. Throws
    /// <see cref="InvalidDataException"/> when it is not a file of format v2 or a signature is malformed.
    /// </summary>
    public static ApkSignatures Read(Stream file)
    {
        ApkMagic.Check(file);
        file.Position = 0;
        using GzipMembers members = new(file);
        List<ApkSignature> all = [];
        for (int count = 0; ; count++)
        {
            long start = members.Position;
            Stream? member = members.OpenNext();
            if (member is null || !StartsWithSignature(member, out byte[] head))
            {
                return new ApkSignatures(all, start);
            }

            if (count == MaxMembers)
            {
                throw new InvalidDataException($"it has more than {MaxMembers} signature parts");
            }

            ReadMember(head, member, all);
        }
    }

    /// <summary>Whether the first header of the member's tar names a signature.</summary>
    private static bool StartsWithSignature(Stream member, out byte[] head)
    {
        head = new byte[512];
        int read = member.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        head = head[..read];
        return head.AsSpan().StartsWith(".SIGN."u8);
    }

    private static void ReadMember(byte[] head, Stream member, List<ApkSignature> signatures)
    {
        using MemoryStream content = new();
        content.Write(head);
        using BoundedStream rest = new(member, MaxMemberBytes);
        rest.CopyTo(content);
        content.Position = 0;
        ApkTarReader reader = new(content);
        while (reader.ReadNext() is ApkTarEntry entry)
        {
            if (entry.Type != '0' || !entry.Name.StartsWith(Prefix, StringComparison.Ordinal) || entry.Name.Contains('/'))
            {
                throw new InvalidDataException($"among its signatures is an entry '{entry.Name}'");
            }

            string name = entry.Name[Prefix.Length..];
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            using MemoryStream value = new();
            reader.OpenContent().CopyTo(value);
            signatures.Add(dot > 0
                ? new ApkSignature(name[..dot], name[(dot + 1)..], value.ToArray())
                : throw new InvalidDataException($"its signature '{entry.Name}' names no key"));
        }
    }
}
