using System.Text;
using RootfsImporter.Files;

namespace RootfsImporter.Linking;

/// <summary>The first line of a script: <c>#!INTERPRETER [ARGUMENT]</c> (execve(2), "Interpreter scripts").</summary>
internal static class ScriptLine
{
    /// <summary>The kernel reads no more of it (BINPRM_BUF_SIZE).</summary>
    private const int MaxBytes = 256;

    /// <summary>Where <c>env</c> finds commands in a container without a PATH of its own.</summary>
    private static readonly string[] CommandDirectories =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>
    /// The absolute paths of what runs a file: none when it is no script, <c>env</c> and the command that it looks up,
    /// or the one
    /// interpreter.
    /// </summary>
    /// <param name="file">A regular file.</param>
    /// <param name="root">Where commands are looked up.</param>
    public static IReadOnlyList<string> Interpreters(TreeEntry file, ILinkRoot root)
    {
        string[] words = Words(file.Content!);
        if (words is not [string interpreter, ..] || !interpreter.StartsWith('/'))
        {
            return [];
        }

        // "env [-S] [NAME=VALUE]... COMMAND" (env(1))
        string? command = interpreter.EndsWith("/env", StringComparison.Ordinal)
            ? words.Skip(1).FirstOrDefault(word => !word.StartsWith('-') && !word.Contains('='))
            : null;
        return command is null ? [interpreter] : [interpreter, FindCommand(root, command)];
    }

    /// <summary>The absolute path of a command; in the first directory of the search path when it is in none.</summary>
    public static string FindCommand(ILinkRoot root, string name) => name.Contains('/')
        ? name
        : CommandDirectories.Select(directory => $"{directory}/{name}")
            .FirstOrDefault(path => LinkTrail.Follow(root, path)?.End.Kind == EntryKind.File) ?? $"/usr/bin/{name}";

    private static string[] Words(FileContent content)
    {
        byte[] start = new byte[Math.Min(MaxBytes, content.Length)];
        using Stream stream = content.Open();
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> line = start.AsSpan(0, read);
        if (!line.StartsWith("#!"u8))
        {
            return [];
        }

        int end = line.IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(line[2..(end < 0 ? line.Length : end)])
            .Split([' ', '\t', '\r', '\0'], StringSplitOptions.RemoveEmptyEntries);
    }
}
