using System.Formats.Tar;
using System.IO.Compression;
using RootfsImporter.Oci;

namespace RootfsImporter.TestData;

/// <summary>Small layers with real bytes, for what handles layers without packing them.</summary>
public static class TestLayer
{
    /// <summary>A layer of <c>etc/</c> and one file in it.</summary>
    public static Layer Create(
        TempDirectory directory, string content, LayerCompression compression = LayerCompression.Gzip) =>
        FromTar(directory, Tar(("./", null), ("./etc/", null), ("./etc/motd", content)), compression);

    /// <summary>A tar of directories (null content, trailing slash) and files, in the order given.</summary>
    public static byte[] Tar(params (string Path, string? Content)[] entries)
    {
        using MemoryStream stream = new();
        using (TarWriter writer = new(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string path, string? content) in entries)
            {
                UstarTarEntry entry = new(content is null ? TarEntryType.Directory : TarEntryType.RegularFile, path)
                {
                    ModificationTime = DateTimeOffset.UnixEpoch,
                };
                if (content is not null)
                {
                    entry.DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
                }

                writer.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }

    /// <summary>A layer of a tar, its blob a file of the directory.</summary>
    public static Layer FromTar(
        TempDirectory directory, byte[] tar, LayerCompression compression = LayerCompression.Gzip)
    {
        byte[] blob = compression switch
        {
            LayerCompression.None => tar,
            LayerCompression.Gzip => Gzip(tar),
            _ => throw new NotSupportedException($"no {compression} here"),
        };
        Digest digest = Digest.Of(blob);
        return new Layer
        {
            DiffId = Digest.Of(tar),
            Descriptor = new()
            {
                MediaType = MediaTypes.OfLayer(compression),
                Digest = digest,
                Size = blob.Length,
            },
            UncompressedSize = tar.Length,
            Compression = compression,
            Content = new FileBlob(directory.Write($"packed/{digest.Hex}", blob)),
        };
    }

    /// <summary>The file that holds a layer's blob.</summary>
    public static string File(Layer layer) => ((FileBlob)layer.Content).Path;

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return stream.ToArray();
    }
}
