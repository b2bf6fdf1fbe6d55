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

    private ExceptionDispatchInfo? _failure;

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
        bool isEmpty = true;
        using LayerChunker chunker = new(() => Take(free, cancellationToken), Emit);
        await writeTar(chunker, cancellationToken);
        chunker.Complete();
        if (isEmpty)
        {
            // Nothing at all is no gzip file, and no zstd file.
            Emit(Take(free, cancellationToken));
        }

        Array.ForEach(receivers, receiver => receiver.CompleteAdding());

        void Emit(LayerChunk chunk)
        {
            isEmpty = false;
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
        using IFrameCompressor compressor = LayerFile.CreateCompressor(options.Compression);
        LayerChunkCache? cache = options.ChunkCacheDirectory is string directory
            && options.Compression != LayerCompression.None
            ? new LayerChunkCache(directory, compressor.Identity)
            : null;
        foreach (LayerChunk chunk in toCompress.GetConsumingEnumerable(cancellationToken))
        {
            string? file = cache?.GetFile(chunk.Bytes);
            if (file is null || !LayerChunkCache.TryRead(file, chunk.Packed))
            {
                compressor.Compress(chunk.Bytes, chunk.Packed);
                if (file is not null)
                {
                    LayerChunkCache.Write(file, chunk.Packed.GetBuffer().AsSpan(0, (int)chunk.Packed.Length));
                }
            }

            chunk.IsPacked.Set();
        }
    }
}
