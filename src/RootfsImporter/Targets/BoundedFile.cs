using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>Reads the JSON documents of a layout, which somebody else may have written.</summary>
internal static class BoundedFile
{
    /// <summary>The content, or null when there is no such file.</summary>
    /// <exception cref="InvalidDataException">It is larger than such a document may be.</exception>
    internal static byte[]? ReadIfExists(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > OciJson.MaxDocumentBytes)
            {
                throw new InvalidDataException(
                    $"{path} has {stream.Length} bytes, more than {OciJson.MaxDocumentBytes}");
            }

            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
