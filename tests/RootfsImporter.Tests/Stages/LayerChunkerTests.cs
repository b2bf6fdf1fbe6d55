using RootfsImporter.Stages;
using RootfsImporter.Tests.Codecs;

namespace RootfsImporter.Tests.Stages;

public sealed class LayerChunkerTests
{
    [Fact]
    public void Chunks_are_the_bytes_in_order()
    {
        List<(string Path, byte[] Bytes)> entries = Entries(200);

        List<byte[]> chunks = Cut(entries);

        Assert.Equal(
            Digest.Of([.. entries.SelectMany(entry => entry.Bytes)]), Digest.Of([.. chunks.SelectMany(chunk => chunk)]));
        Assert.All(chunks, chunk => Assert.InRange(chunk.Length, 1, LayerChunk.MaxBytes));
    }

    [Fact]
    public void Chunks_have_a_useful_size()
    {
        List<byte[]> chunks = Cut(Entries(500));

        Assert.InRange(chunks.Average(chunk => chunk.Length), LayerChunker.MinBytes, LayerChunk.MaxBytes);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(250)]
    [InlineData(400)]
    public void A_change_moves_only_the_cuts_near_it(int changed)
    {
        List<(string Path, byte[] Bytes)> entries = Entries(500);
        HashSet<Digest> before = [.. Cut(entries).Select(chunk => Digest.Of(chunk))];
        entries[changed] = (entries[changed].Path, Samples.Noise(70_001, seed: 999));
        entries.Insert(changed + 1, ("a/new/file", Samples.Noise(33_333, seed: 1000)));
        entries.RemoveAt(changed - 1);

        List<byte[]> after = Cut(entries);

        int different = after.Count(chunk => !before.Contains(Digest.Of(chunk)));
        Assert.InRange(different, 1, 6);
        Assert.InRange(after.Count, 15, 200);
    }

    [Fact]
    public void A_large_file_is_cut_at_fixed_distances_of_its_own()
    {
        byte[] large = Samples.Noise((int)(2.5 * LayerChunk.MaxBytes));
        List<byte[]> expected = [.. large.Chunk(LayerChunk.MaxBytes)];

        List<byte[]> chunks = Cut([("a", Samples.Noise(1000)), ("b", large), ("c", Samples.Noise(500))]);

        Assert.Equal([1000, .. expected.Select(chunk => chunk.Length), 500], chunks.Select(chunk => chunk.Length));
        Assert.Equal(expected, chunks[1..4]);
    }

    [Fact]
    public void Nothing_gives_no_chunk() => Assert.Empty(Cut([]));

    private static List<(string Path, byte[] Bytes)> Entries(int count)
    {
        Random random = new(7);
        return [.. Enumerable.Range(0, count).Select(
            number => ($"usr/share/{number / 10}/file-{number}", Samples.Noise(random.Next(1, 60_000), number)))];
    }

    private static List<byte[]> Cut(List<(string Path, byte[] Bytes)> entries)
    {
        List<byte[]> chunks = [];
        using LayerChunker chunker = new(() => new LayerChunk(), chunk =>
        {
            chunks.Add(chunk.Bytes.ToArray());
            chunk.Dispose();
        });
        foreach ((string path, byte[] bytes) in entries)
        {
            chunker.BeginEntry(path, bytes.Length);
            chunker.Write(bytes);
        }

        chunker.Complete();
        return chunks;
    }
}
