using RootfsImporter.Targets;

namespace RootfsImporter.Cli.Output;

/// <summary>The lines of a result for people: a name, and what it is.</summary>
internal static class SummaryLines
{
    /// <summary>Prints one; of further lines under the same name the name is empty.</summary>
    public static void Line(TextWriter output, string name, string value) => output.WriteLine($"  {name,-10}  {value}");

    /// <summary>Prints where an image went, with its digest there when that is another, and how to use it.</summary>
    public static void Deliveries(TextWriter output, IReadOnlyList<Delivery> deliveries, Digest digest, Styles styles)
    {
        foreach (Delivery delivery in deliveries)
        {
            Line(output, "delivered", delivery.Target + (delivery.Descriptor.Digest == digest
                ? ""
                : $" as {delivery.Descriptor.Digest}"));
            foreach (string line in delivery.Notes.Select(styles.Dim).Concat(delivery.HowToUse))
            {
                Line(output, "", line);
            }
        }
    }
}
