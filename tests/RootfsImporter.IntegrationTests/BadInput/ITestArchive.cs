using RootfsImporter.TestData;

namespace RootfsImporter.IntegrationTests.BadInput;

/// <summary>What the tests on one tiny system share: what a good build of it leaves in a cache and a layout.</summary>
internal interface ITestArchive
{
    /// <summary>The good build's <c>cache</c> and <c>images</c>; tests work on copies.</summary>
    TempDirectory Template { get; }

    /// <summary>The digest of its image.</summary>
    string GoodDigest { get; }

    /// <summary>Its layout's <c>index.json</c>.</summary>
    string GoodIndex { get; }

    /// <summary>A new site with all that the good build was made of.</summary>
    Task<ITestSite> GoodSiteAsync();
}
