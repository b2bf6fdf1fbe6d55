namespace RootfsImporter.Cli.Output;

/// <summary>Files that the user asked for beside the image.</summary>
internal static class ResultFile
{
    /// <summary>
    /// Checks, before anything is built, that the file's directory exists; throws <see
    /// cref="HostException"/>.
    /// </summary>
    public static void Check(string? path)
    {
        if (path is not null && Path.GetDirectoryName(Path.GetFullPath(path)) is string directory
            && !Directory.Exists(directory))
        {
            throw new HostException(
                $"the file {path} cannot be written: the directory {directory} does not exist",
                "make it, or name another");
        }
    }

    /// <summary>Writes a file whole or not at all; throws <see cref="HostException"/>.</summary>
    public static void Write(string path, string content)
    {
        string temporary = $"{path}.partial";
        try
        {
            File.WriteAllText(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            throw new HostException(
                $"the file {path} could not be written: {e.Message}",
                "check that its directory may be written to and has space", e);
        }
    }
}
