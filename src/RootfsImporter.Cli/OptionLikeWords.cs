using System.CommandLine;

namespace RootfsImporter.Cli;

/// <summary>Words that look like options and are none: nothing that a command takes begins with a dash.</summary>
internal static class OptionLikeWords
{
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
}
