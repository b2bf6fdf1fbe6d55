using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using RootfsImporter.Oci;
using RootfsImporter.Targets;

namespace RootfsImporter.Cli;

/// <summary>How layers are compressed as the user says it: <c>[TRANSPORT=]FORMAT</c>.</summary>
/// <param name="Transport">The transport of the targets that it is for, or null for all others.</param>
/// <param name="Format">The compression.</param>
internal sealed record CompressionArgument(string? Transport, LayerCompression Format)
{
    /// <summary>The formats by their words.</summary>
    public static IReadOnlyList<(string Word, LayerCompression Value)> Formats { get; } =
        [("gzip", LayerCompression.Gzip), ("zstd", LayerCompression.Zstd), ("none", LayerCompression.None)];

    private static IReadOnlyList<string> Transports { get; } = [.. TargetParser.Syntaxes.Select(TransportOf)];

    private static string Expected =>
        $"expected {string.Join(", ", Formats.Select(format => format.Word))}, or one of them for a transport: "
        + $"{Transports[0]}=zstd";

    /// <summary>Reads every token of an option.</summary>
    public static CompressionArgument[] ParseAll(ArgumentResult result)
    {
        List<CompressionArgument> arguments = [];
        foreach (Token token in result.Tokens)
        {
            if (TryParse(token.Value, out CompressionArgument? argument))
            {
                arguments.Add(argument);
            }
            else
            {
                result.AddError($"'{token.Value}' is not a value of --compression; {Expected}");
            }
        }

        return [.. arguments];
    }

    /// <summary>The option.</summary>
    /// <param name="nothingSaid">How layers are compressed when it is not given.</param>
    public static Option<CompressionArgument[]> Option(string nothingSaid) => new("--compression")
    {
        Description = "How layers are compressed, for all targets or those of a transport: "
            + $"{string.Join(", ", Formats.Select(format => format.Word))}; "
            + $"may be given several times [default: {nothingSaid}]",
        HelpName = "[TRANSPORT=]FORMAT",
        CustomParser = ParseAll,
        CompletionSources = { _ => Formats.Select(format => new CompletionItem(format.Word)) },
    };

    /// <summary>
    /// How layers are compressed for a target: the last that was said of its transport, else of all, else null.
    /// </summary>
    public static LayerCompression? For(string target, IReadOnlyList<CompressionArgument> arguments) =>
        (arguments.LastOrDefault(argument => argument.Transport == TransportOf(target))
            ?? arguments.LastOrDefault(argument => argument.Transport is null))?.Format;

    /// <summary>Throws <see cref="ProfileException"/> for the first that no target heeds.</summary>
    public static void Check(IReadOnlyList<CompressionArgument> arguments, IReadOnlyList<string> targets)
    {
        string[] transports = [.. targets.Select(TransportOf).Distinct(StringComparer.Ordinal)];
        if (arguments.FirstOrDefault(a => a.Transport is string name && !transports.Contains(name)) is { } unused)
        {
            throw new ProfileException(
                $"--compression is given for {unused.Transport}, and no target is one",
                $"the targets are {string.Join(", ", targets)}");
        }
    }

    private static bool TryParse(string text, [NotNullWhen(true)] out CompressionArgument? argument)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string? transport = equals < 0 ? null : text[..equals];
        string word = text[(equals + 1)..];
        LayerCompression[] format = [.. Formats.Where(known => known.Word == word).Select(known => known.Value)];
        argument = format.Length > 0 && (transport is null || Transports.Contains(transport))
            ? new CompressionArgument(transport, format[0])
            : null;
        return argument is not null;
    }

    private static string TransportOf(string target) => target.Split(':', 2)[0];
}
