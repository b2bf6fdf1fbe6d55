using System.Text.Encodings.Web;
using System.Text.Json;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets.Layouts;

/// <summary>
/// The <c>docker import</c> command for a bare root file system, with what its image's config says. Docker takes that as
/// lines of a Dockerfile, so values are quoted twice: for the Dockerfile, which expands variables, and for the shell.
/// </summary>
internal static class DockerImport
{
    /// <summary>The command, for people to paste into a shell.</summary>
    internal static string Command(string file, Reference reference, ImageConfig config)
    {
        IEnumerable<string> changes = Instructions(config.Config ?? new ContainerConfig())
            .Select(line => $"--change {ShellText.Quote(line)}");
        return string.Join(' ', ["docker import", .. changes, ShellText.Quote(file), reference.Familiar]);
    }

    // ENTRYPOINT stands before CMD, which it would reset.
    private static IEnumerable<string> Instructions(ContainerConfig config) =>
    [
        .. config.Env?.Select(variable => "ENV " + Pair(variable)) ?? [],
        .. config.Labels?.OrderBy(label => label.Key, StringComparer.Ordinal)
            .Select(label => $"LABEL {Word(label.Key)}={Word(label.Value)}") ?? [],
        .. config.User is { } user ? [$"USER {Word(user)}"] : (string[])[],
        .. config.WorkingDir is { } directory ? [$"WORKDIR {Word(directory)}"] : (string[])[],
        .. config.Volumes?.Select(volume => $"VOLUME {List([volume])}") ?? [],
        .. config.ExposedPorts?.Select(port => $"EXPOSE {port}") ?? [],
        .. config.Entrypoint is { } entrypoint ? [$"ENTRYPOINT {List(entrypoint)}"] : (string[])[],
        .. config.Cmd is { } command ? [$"CMD {List(command)}"] : (string[])[],
    ];

    private static string Pair(string variable)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        return $"{variable[..equals]}={Word(variable[(equals + 1)..])}";
    }

    /// <summary>One word of a Dockerfile's line, quoted when it must be.</summary>
    private static string Word(string text)
    {
        string escaped = text
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("$", "\\$", StringComparison.Ordinal);
        return text.Length > 0 && text == escaped && !text.Any(c => char.IsWhiteSpace(c) || c is '\'' or '#')
            ? text
            : $"\"{escaped}\"";
    }

    private static string List(IReadOnlyList<string> words) => $"[{string.Join(", ", words.Select(Json))}]";

    private static string Json(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
