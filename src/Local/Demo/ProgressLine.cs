namespace Vitrine.Local;

/// <summary>Progress on one line that is written over; in a file or pipe, one line per change.</summary>
internal sealed class ProgressLine(TextWriter output, bool terminal)
{
    private string _shown = "";

    public void Show(string text)
    {
        if (text == _shown)
            return;
        if (terminal)
            output.Write("\r" + text.PadRight(_shown.Length));
        else
            output.WriteLine(text);
        _shown = text;
    }

    /// <summary>Leaves the line as it is; what follows begins on the next one.</summary>
    public void End()
    {
        if (terminal && _shown.Length > 0)
            output.WriteLine();
        _shown = "";
    }
}
