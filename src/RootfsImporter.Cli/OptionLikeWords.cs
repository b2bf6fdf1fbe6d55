using System.CommandLine;
using System.Text.RegularExpressions;

namespace RootfsImporter.Cli;

/// <summary>Words that look like options and are none: nothing that a command takes begins with a dash.</summary>
internal static partial class OptionLikeWords
{
    /// <summary>
    /// The first option with a sign of equality and nothing behind it, or null: the parser gives such an option the next
    /// word as its value, so that with a variable that is empty <c>--cmd=$CMD --quiet</c> would have the command --quiet.
    /// </summary>
    public static string? WithoutValue(IEnumerable<string> words) =>
        words.TakeWhile(word => word != "--").FirstOrDefault(word => Unfinished().IsMatch(word));

    /// <summary>Has an argument refuse such words as the parser does where there is no argument left to take them.</summary>
    public static Argument<T> Refuse<T>(Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            foreach (string word in result.Tokens.Select(token => token.Value).Where(Is))
            {
                result.AddError($"Unrecognized command or argument '{word}'");
            }
        });
        return argument;
    }

    /// <summary>Whether a word looks like an option. A dash alone is standard input or output.</summary>
    public static bool Is(string word) => word.StartsWith('-') && word.Length > 1;

    [GeneratedRegex("^--[a-z][a-z-]*=$", RegexOptions.CultureInvariant)]
    private static partial Regex Unfinished();
}
