using RootfsImporter.Files;
using RootfsImporter.Linking;
using RootfsImporter.Oci;
using RootfsImporter.Profiles;
using RootfsImporter.Stages;

namespace RootfsImporter.Scratch;

/// <summary>
/// Makes an image of programs and exactly what they need to run. Nothing is executed, so that files of any architecture
/// can be
/// used; no root is needed, unless packages are unpacked.
/// </summary>
public static class ScratchMaker
{
    /// <summary>
    /// Makes the image and delivers it. Throws a <see cref="RootfsImporterException"/> for what a user can mend: among
    /// them a
    /// <see cref="ResolveException"/> that names all libraries that are missing, with who needs them.
    /// </summary>
    public static async Task<ScratchResult> MakeAsync(
        ScratchRequest request, IProgress<BuildEvent> events, CancellationToken cancellationToken)
    {
        StageClock clock = new(events);
        BuildCache cache = new(request.CacheDirectory);
        Deliverer deliverer = new(request.Targets, cache, request.Jobs, clock, events);
        await deliverer.CheckAsync(cancellationToken);
        using ScratchSource source = request.Packages is { } packages
            ? await PackageTree.UnpackAsync(request, packages, clock, events, cancellationToken)
            : ScratchSource.OfHost(request.Root);
        Collected collected = await clock.RunAsync(
            "collect",
            () => Task.Run(() => Collect(request, source, events), cancellationToken),
            found => $"{found.Files.Count(file => file.Entry.Kind == EntryKind.File)} files");
        Architecture architecture = request.Packages?.Architecture ?? collected.Linked.Architecture ?? Architecture.Host;
        long epoch = request.SourceDateEpoch ?? collected.NewestTime;
        SealedRootfs tree = await clock.RunAsync(
            "seal",
            () => Task.Run(() => Sealer.Seal(
                [.. collected.Files.Select(file => file.Entry)], collected.TimeOf, rules: [], epoch)),
            found => $"{found.Entries.Count} entries");
        WarnOfRemoved(tree.Ledger, events);
        Layer layer = await clock.RunAsync(
            "pack",
            () => LayerPacker.PackAsync(tree, cache.LayerOptions(request.Compression, request.Jobs), cancellationToken),
            packed => $"{packed.Descriptor.Size / 1e6:f1} MB of {packed.UncompressedSize / 1e6:f1} MB");
        ImageSettings settings = Settings(request, collected.Linked);
        Image image = ImageAssembler.Assemble(
            layer, settings, Platform.Of(architecture), DateTimeOffset.FromUnixTimeSeconds(epoch), CreatedBy(request));
        Delivered delivered = await deliverer.DeliverAsync(ImageSet.Of([image]), cancellationToken);
        return new ScratchResult
        {
            Images = delivered.Images,
            Architecture = architecture,
            Entrypoint = settings.Entrypoint,
            Files = Explain(tree, collected.Files),
            Lockfile = source.Lockfile,
            SourceDateEpoch = epoch,
            Deliveries = delivered.Deliveries,
            Stages = clock.Times,
        };
    }

    private static Collected Collect(ScratchRequest request, ScratchSource source, IProgress<BuildEvent> events)
    {
        try
        {
            LinkSeed[] seeds = [.. request.Files.Select(file => ScratchSeeds.Find(file, request, source))];
            LinkResult linked = Linker.Link(seeds, source.Root);
            if (linked.Missing.Count > 0)
            {
                throw MissingLibraries.Explain(linked.Missing, request);
            }

            foreach ((string script, string interpreter) in linked.Scripts)
            {
                events.Report(new BuildEvent.Warning(
                    $"{script} is a script: its interpreter {interpreter} is added, and not what it reads or calls by itself"));
            }

            foreach (ScratchExtra extra in request.With.Distinct())
            {
                ScratchExtras.Add(linked.Tree, source.Root, extra);
            }

            return new Collected(linked, TreeAssembly.Assemble(linked.Tree));
        }
        catch (InvalidDataException exception)
        {
            throw new ProfileException(
                $"collecting the files of the image: {exception.Message}", "give one of the files another place: FILE:/PATH",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HostException(
                $"collecting the files of the image: {exception.Message}", "all files have to be readable by you", exception);
        }
    }

    /// <summary>What the user says comes on top of the first program, and where the certificates are.</summary>
    private static ImageSettings Settings(ScratchRequest request, LinkResult linked)
    {
        ImageSettings settings = new()
        {
            Entrypoint = linked.Program is { } program ? [program.ToString()] : [],
            Env = request.With.Contains(ScratchExtra.CaCertificates)
                ? [$"{ScratchExtras.CertificateVariable}=/{ScratchExtras.CertificateFile}"]
                : [],
        };
        return request.Image.ApplyTo(settings);
    }

    private static string CreatedBy(ScratchRequest request) => request.Packages is { } packages
        ? $"rootfs-importer scratch --from {packages.Profile.Name}"
        : "rootfs-importer scratch";

    /// <summary>
    /// Of what the user names, sealing removes only what no image has: state of a host, and what is in /tmp or /run.
    /// </summary>
    private static void WarnOfRemoved(Ledger ledger, IProgress<BuildEvent> events)
    {
        Dictionary<string, string> whys = ledger.Rules.ToDictionary(rule => rule.Name, rule => rule.Why);
        foreach (LedgerEntry entry in ledger.Entries.Where(entry => entry.Action == "removed"))
        {
            events.Report(new BuildEvent.Warning($"{entry.Path} is not in the image: {whys[entry.Rule]}"));
        }
    }

    private static IReadOnlyList<ScratchEntry> Explain(SealedRootfs tree, IReadOnlyList<LinkedFile> files)
    {
        Dictionary<RootPath, LinkedFile> reasons = files.ToDictionary(file => file.Entry.Path);
        return
        [
            .. tree.Entries
                .Select(entry => (Entry: entry, Why: reasons.GetValueOrDefault(entry.Path)?.Reasons))
                .Where(found => found.Why is { Count: > 0 })
                .Select(found => new ScratchEntry(
                    found.Entry.Path, found.Entry.Kind, found.Entry.Content?.Length ?? 0, found.Entry.LinkTarget,
                    [.. found.Why!.Select(reason => reason.ToString())])),
        ];
    }

    /// <summary>What was found.</summary>
    private sealed record Collected(LinkResult Linked, IReadOnlyList<LinkedFile> Files)
    {
        private readonly Dictionary<RootPath, long> _times = Files.Select(file => file.Entry)
            .Where(entry => entry is { Kind: EntryKind.File, Content: not BytesContent })
            .ToDictionary(entry => entry.Path, entry => entry.ModifiedTime);

        /// <summary>The newest time of a file that was not made here; 0 without any.</summary>
        public long NewestTime => Math.Max(0, _times.Values.DefaultIfEmpty(0).Max());

        /// <summary>A file's own time. That of a link is when a host was installed, and the same nowhere else.</summary>
        public long? TimeOf(RootPath path) => _times.TryGetValue(path, out long time) ? time : null;
    }
}
