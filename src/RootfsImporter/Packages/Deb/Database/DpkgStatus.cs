using System.Text;
using RootfsImporter.Packages.Deb.Control;
using RootfsImporter.Packages.Deb.Repositories;

namespace RootfsImporter.Packages.Deb.Database;

/// <summary>A stanza of dpkg's database.</summary>
/// <param name="Name">The package's name.</param>
/// <param name="State">
/// The last word of <c>Status</c> (dpkg(1), "Package states"): <c>installed</c>, <c>config-files</c>, <c>unpacked</c> and
/// so on.
/// </param>
/// <param name="Package">What is installed; null in every other state, in which fields may be missing.</param>
internal sealed record DpkgStatusEntry(string Name, string State, DebPackage? Package);

/// <summary>Reads the text of dpkg's status file.</summary>
internal static class DpkgStatus
{
    private const int MaxPackages = 200_000;
    private const int MaxStanzaBytes = 8 << 20;

    private static readonly Deb822Options Options = new() { MaxParagraphBytes = MaxStanzaBytes };

    private static readonly string[] States =
    [
        "installed", "config-files", "not-installed", "unpacked", "half-configured", "half-installed",
        "triggers-awaited", "triggers-pending",
    ];

    /// <summary>
    /// The stanzas in order. Without a <c>Status</c> a package counts as installed when <paramref name="isStatusOptional"/>.
    /// Throws <see cref="InvalidDataException"/> with an offset for what is malformed.
    /// </summary>
    public static IReadOnlyList<DpkgStatusEntry> Parse(byte[] text, bool isStatusOptional = false)
    {
        using MemoryStream stream = new(text, writable: false);
        Deb822Reader reader = new(stream, Options);
        List<DpkgStatusEntry> entries = [];
        DebStanza stanza = new();
        while (reader.Read() is { } paragraph)
        {
            stanza.Take(paragraph);
            if (entries.Count == MaxPackages)
            {
                throw new InvalidDataException($"at byte {stanza.Offset}: more than {MaxPackages} packages");
            }

            entries.Add(ReadEntry(stanza, isStatusOptional));
        }

        return entries;
    }

    private static DpkgStatusEntry ReadEntry(DebStanza stanza, bool isStatusOptional)
    {
        string state = ReadState(stanza, isStatusOptional);
        DebPackage? package = state == "installed"
            ? DebIndexParser.ReadInstalled(stanza, DebInstalledPackages.Source)
            : null;
        return new DpkgStatusEntry(
            package?.Name ?? Encoding.UTF8.GetString(stanza.Value(DebField.Package)), state, package);
    }

    /// <summary>Of the three words (what is wanted, an error flag, the state) only the last counts here.</summary>
    private static string ReadState(DebStanza stanza, bool isStatusOptional)
    {
        ReadOnlySpan<byte> status = stanza.Value(DebField.Status);
        if (status.IsEmpty && isStatusOptional)
        {
            return "installed";
        }

        string text = Encoding.UTF8.GetString(status[..Math.Min(status.Length, 80)]);
        return text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string flag, string state]
            && flag is "ok" or "reinstreq" && States.Contains(state)
            ? flag == "ok" || state != "installed" ? state : "half-installed"
            : throw new InvalidDataException(
                $"in the stanza at byte {stanza.Offset}: '{text}' is no Status such as 'install ok installed'");
    }
}
