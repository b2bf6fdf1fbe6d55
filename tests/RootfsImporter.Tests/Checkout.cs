namespace RootfsImporter.Tests;

/// <summary>The checkout that the tests run from.</summary>
internal static class Checkout
{
    /// <summary>Its root directory.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "RootfsImporter.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the tests do not run from inside a checkout");
    }
}
