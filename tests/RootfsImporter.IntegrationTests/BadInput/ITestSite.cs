using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>One signed archive of a tiny system, served on the loopback.</summary>
internal interface ITestSite : IDisposable
{
    /// <summary>Who serves it.</summary>
    StaticServer Server { get; }

    /// <summary>Puts everything on the server, and the profile with its key into a directory; returns its path.</summary>
    Task<string> WriteToAsync(TempDirectory directory);
}
