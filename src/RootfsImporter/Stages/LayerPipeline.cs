using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using RootfsImporter.Codecs;
using RootfsImporter.Oci;

namespace RootfsImporter.Stages;

/// <summary>What came out of packing.</summary>
internal sealed record PackedLayer(Digest DiffId, long UncompressedSize, Digest BlobDigest, long BlobSize);

/// <summary>
/// The steps of packing one layer, each on threads of its own: a tar is written into chunks; they are
/// compressed by as many threads as there are jobs, and meanwhile hashed in order for the DiffId; then
/// written in order. A fixed number of chunks goes round, which bounds the memory whatever the layer's size.
/// </summary>
/// <param name="options">How to pack.</param>
/// <param name="blob">Where the compressed layer goes; left open.</param>
internal sealed class LayerPipeline(LayerOptions options, Stream blob)
{
    private const int MaxWaitingChunks = 16;

    /// <summary>
    /// How much of a layer's beginning is compressed thoroughly: all of a small base image, which is fetched far more often
    /// than it is made. More would be felt in the time of a large one.
    /// </summary>
    private const long ThoroughBytes = 10 << 20;

    private ExceptionDispatchInfo? _failure;

    /// <summary>What makes the same bytes of the same tar: the codec and how it is used, as one line.</summary>
    public static string IdentityOf(LayerCompression compression)
    {
        using IFrameCompressor thorough = LayerChunkCompressor.Create(compression, isThorough: true);
        using IFrameCompressor fast = LayerChunkCompressor.Create(compression, isThorough: false);
        return $"{thorough.Identity} to {ThoroughBytes}, {fast.Identity}";
    }

    /// <summary>Packs a tar; to be called once.</summary>
    /// <param name="writeTar">Writes all of it, telling where entries begin.</param>
    /// <param name="cancellationToken">Cancels; also given to <paramref name="writeTar"/>.</param>
    public async Task<PackedLayer> RunAsync(
        Func<LayerChunker, CancellationToken, Task> writeTar, CancellationToken cancellationToken)
    {
        LayerChunk[] chunks = CreateChunks(options.Jobs);
        using BlockingCollection<LayerChunk> free = [.. chunks];
        using BlockingCollection<LayerChunk> toCompress = [];
        using BlockingCollection<LayerChunk> toHash = [];
        using BlockingCollection<LayerChunk> toWrite = [];
        using HashingStream tar = new(Stream.Null);
        using HashingStream output = new(blob, leaveOpen: true);
        using CancellationTokenSource stop =
            CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken stopped = stop.Token;
        try
        {
            Action[] steps =
            [
                () => Hash(toHash, tar, toWrite, stopped),
                () => WriteBlob(toWrite, output, free, stopped),
                .. Enumerable.Repeat(() => Compress(toCompress, stopped), options.Jobs),
            ];
            await Task.WhenAll(
            [
                Start(() => WriteTarAsync(writeTar, free, [toCompress, toHash], stopped), stop),
                .. steps.Select(step => Start(() => Run(step), stop)),
            ]);
        }
        finally
        {
            Array.ForEach(chunks, chunk => chunk.Dispose());
        }

        cancellationToken.ThrowIfCancellationRequested();
        _failure?.Throw();
        return new PackedLayer(tar.GetDigest(), tar.Count, output.GetDigest(), output.Count);
    }

    // Enough for every thread to have one and the next one at hand.
    private static LayerChunk[] CreateChunks(int jobs) =>
        [.. Enumerable.Range(0, jobs + Math.Min(jobs + 2, MaxWaitingChunks)).Select(_ => new LayerChunk())];

    // Threads of their own, because they block: the pool would be slow to give them all. The first failure
    // stops the others, and is the one that counts.
    private Task Start(Func<Task> step, CancellationTokenSource stop) => Task.Factory.StartNew(
        async () =>
        {
            try
            {
                await step();
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
                stop.Cancel();
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default).Unwrap();

    private static Task Run(Action step)
    {
        step();
        return Task.CompletedTask;
    }

    private static async Task WriteTarAsync(
        Func<LayerChunker, CancellationToken, Task> writeTar,
        BlockingCollection<LayerChunk> free,
        BlockingCollection<LayerChunk>[] receivers,
        CancellationToken cancellationToken)
    {
        long position = 0;
        using LayerChunker chunker = new(() => Take(free, cancellationToken), Emit);
        await writeTar(chunker, cancellationToken);
        chunker.Complete();
        if (position == 0)
        {
            // Nothing at all is no gzip file, and no zstd file.
            Emit(Take(free, cancellationToken));
        }

        Array.ForEach(receivers, receiver => receiver.CompleteAdding());

        void Emit(LayerChunk chunk)
        {
            chunk.Position = position;
            position += chunk.Length;
            Array.ForEach(receivers, receiver => receiver.Add(chunk, cancellationToken));
        }
    }

    private static LayerChunk Take(BlockingCollection<LayerChunk> free, CancellationToken cancellationToken)
    {
        LayerChunk chunk = free.Take(cancellationToken);
        chunk.Clear();
        return chunk;
    }

    private static void Hash(
        BlockingCollection<LayerChunk> toHash,
        HashingStream tar,
        BlockingCollection<LayerChunk> toWrite,
        CancellationToken cancellationToken)
    {
        foreach (LayerChunk chunk in toHash.GetConsumingEnumerable(cancellationToken))
        {
            tar.Write(chunk.Bytes);
            toWrite.Add(chunk, cancellationToken);
        }

        toWrite.CompleteAdding();
    }

    private static void WriteBlob(
        BlockingCollection<LayerChunk> toWrite,
        HashingStream output,
        BlockingCollection<LayerChunk> free,
        CancellationToken cancellationToken)
    {
        foreach (LayerChunk chunk in toWrite.GetConsumingEnumerable(cancellationToken))
        {
            chunk.IsPacked.Wait(cancellationToken);
            output.Write(chunk.Packed.GetBuffer().AsSpan(0, (int)chunk.Packed.Length));
            free.Add(chunk, cancellationToken);
        }
    }

    private void Compress(BlockingCollection<LayerChunk> toCompress, CancellationToken cancellationToken)
    {
        using LayerChunkCompressor thorough = new(options, isThorough: true);
        using LayerChunkCompressor fast = new(options, isThorough: false);
        foreach (LayerChunk chunk in toCompress.GetConsumingEnumerable(cancellationToken))
        {
            (chunk.Position < ThoroughBytes ? thorough : fast).Compress(chunk);
            chunk.IsPacked.Set();
        }
    }
}
