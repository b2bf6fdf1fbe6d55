using System.CommandLine;
using System.CommandLine.Parsing;

namespace RootfsImporter.Cli;

/// <summary>Options that take one of a few words.</summary>
internal static class Choice
{
    /// <summary>An option whose words stand for values; the first must stand for <c>default(T)</c>.</summary>
    public static Option<T> Option<T>(
        string name, string description, IReadOnlyList<(string Word, T Value)> choices, bool recursive = false)
        where T : struct => Complete(
            new Option<T>(name)
            {
                Description = $"{description} [default: {choices[0].Word}]",
                Recursive = recursive,
                CustomParser = result => Parse(result, name, choices) ?? default,
            }, choices);

    /// <summary>The same without a default.</summary>
    public static Option<T?> Nullable<T>(
        string name, string description, IReadOnlyList<(string Word, T Value)> choices)
        where T : struct => Complete(
            new Option<T?>(name)
            {
                Description = description,
                CustomParser = result => Parse(result, name, choices),
            }, choices);

    private static TOption Complete<TOption, T>(TOption option, IReadOnlyList<(string Word, T Value)> choices)
        where TOption : Option
    {
        option.HelpName = string.Join('|', choices.Select(choice => choice.Word));
        option.CompletionSources.Add([.. choices.Select(choice => choice.Word)]);
        return option;
    }

    private static T? Parse<T>(
        ArgumentResult result, string name, IReadOnlyList<(string Word, T Value)> choices)
        where T : struct
    {
        string token = result.Tokens[^1].Value;
        foreach ((string word, T value) in choices)
        {
            if (word == token)
            {
                return value;
            }
        }

        result.AddError(
            $"'{token}' is not a value of {name}; "
            + $"expected {string.Join(", ", choices.Select(choice => choice.Word))}");
        return null;
    }
}
