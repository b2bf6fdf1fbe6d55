using RootfsImporter.Files;
using RootfsImporter.Oci;

namespace RootfsImporter.Targets;

/// <summary>The files of a tree that turned out to be an archive of images. The tree is the caller's.</summary>
internal sealed class TreeFiles(RootTree tree) : ImageFiles
{
    public override ImageFile? Find(string name)
    {
        if (!RootPath.TryParse(name, out RootPath path) || tree.Follow(path) is null)
        {
            return null;
        }

        FileContent content = tree.FindContent(path) ?? throw new InvalidDataException($"{name} is not a regular file");
        return new ImageFile(new TreeBlob(content), content.Length);
    }

    public override void Dispose()
    {
    }
}

/// <summary>A blob that is a file of a tree.</summary>
internal sealed record TreeBlob(FileContent File) : BlobContent
{
    public override Task<Stream> OpenAsync(CancellationToken cancellationToken) => Task.FromResult(File.Open());
}
