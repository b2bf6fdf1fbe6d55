namespace RootfsImporter.IntegrationTests;

internal static class Placeholder;
