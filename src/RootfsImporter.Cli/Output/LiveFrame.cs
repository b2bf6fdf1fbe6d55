using Spectre.Console;
using Spectre.Console.Rendering;

namespace RootfsImporter.Cli.Output;

/// <summary>
/// One painting of a live view: erases the view that was painted before, prints lines that stay, and paints
/// the view anew below them. It is written in one go, so that nothing is ever seen half done.
/// </summary>
/// <param name="erased">How many lines the view has on the screen.</param>
/// <param name="above">Lines that stay; long ones wrap.</param>
/// <param name="view">The view's lines; long ones are cut, since the count of lines has to be known.</param>
internal sealed class LiveFrame(int erased, IReadOnlyList<Markup> above, IReadOnlyList<Markup> view) : Renderable
{
    private const string EraseBelow = "\u001b[0J";

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        yield return Segment.Control(erased > 0 ? $"\r\u001b[{erased}A{EraseBelow}" : "");
        foreach (Markup line in above)
        {
            foreach (Segment segment in ((IRenderable)line).Render(options, maxWidth))
            {
                yield return segment;
            }

            yield return Segment.LineBreak;
        }

        foreach (Markup line in view)
        {
            // One column stays free: a terminal that has filled its last column may have wrapped already.
            foreach (Segment segment in Segment.SplitLines(
                ((IRenderable)line).Render(options, int.MaxValue), maxWidth - 1)[0])
            {
                yield return segment;
            }

            yield return Segment.LineBreak;
        }
    }
}
