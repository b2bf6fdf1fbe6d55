namespace RootfsImporter.Cli.Output;

/// <summary>Files that the user asked for beside the image.</summary>
internal static class ResultFile
{
    /// <summary>Writes a file whole or not at all; throws <see cref="HostException"/>.</summary>
    public static void Write(string path, string content)
    {
        string target = Path.GetFullPath(path);
        string temporary = $"{target}.partial";
        try
        {
            File.WriteAllText(temporary, content);
            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new HostException(
                $"the file {target} could not be written: {e.Message}",
                "check that its directory exists, may be written to and has space", e);
        }
    }
}
