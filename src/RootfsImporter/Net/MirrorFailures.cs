namespace RootfsImporter.Net;

/// <summary>Why each mirror in turn did not give a file, and the error that this amounts to.</summary>
internal sealed class MirrorFailures(string name)
{
    private readonly List<(Uri Mirror, TransferException Error)> _failures = [];

    /// <summary>What was asked for.</summary>
    public string Name => name;

    /// <summary>Whether all mirrors that answered, and at least one did, say that there is no such file.</summary>
    public bool IsMissing =>
        Has(TransferFault.Missing) && !Has(TransferFault.WrongContent) && !Has(TransferFault.Permanent);

    public void Add(Uri mirror, TransferException error) => _failures.Add((mirror, error));

    /// <summary>The error to throw; <paramref name="expected"/> is what the content had to be, if known.</summary>
    public RootfsImporterException ToException(WantedFile? expected)
    {
        string reasons = string.Join(
            "; ", _failures.Select(f => $"{MirrorAddress.Display(f.Mirror)}: {f.Error.Message}").Distinct());
        Exception inner = _failures[^1].Error;
        if (Has(TransferFault.WrongContent))
        {
            return new VerificationException(
                expected is null
                    ? $"{name} is not acceptable: {reasons}"
                    : $"{name} has the wrong content: expected {expected.Identity.Text}, {expected.Size} bytes; {reasons}",
                "a mirror may be in the middle of an update: try again later, or name another one with --mirror",
                inner);
        }

        return _failures.TrueForAll(f => f.Error.Fault == TransferFault.Missing)
            ? new FetchException(
                $"no mirror has {name}: {reasons}",
                "the archive may have moved on: resolve again, or name a mirror that keeps old files with --mirror",
                inner)
            : new FetchException(
                $"could not fetch {name}: {reasons}",
                "check the network and the proxy settings, or name another mirror with --mirror", inner);
    }

    private bool Has(TransferFault fault) => _failures.Exists(f => f.Error.Fault == fault);
}
