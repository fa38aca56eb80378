namespace Vitrine.Policies;

/// <summary>
/// A word or phrase of a rule in the form in which texts are compared. It ends at word boundaries unless it was written with a star at that end: <c>nude</c> is a
/// word, <c>porno*</c> a beginning, <c>*裸体*</c> stands anywhere.
/// </summary>
internal sealed record Term(string Words, bool OpenStart, bool OpenEnd)
{
    /// <summary>An open end multiplies what a term meets, so it must be long enough to mean something: letters of an alphabet, or signs of a script that writes words with one or two.</summary>
    public const int ShortestOpenAlphabetic = 4;
    public const int ShortestOpenIdeographic = 2;

    /// <summary>Null when nothing but signs and spaces is left after folding, or when a star stands inside.</summary>
    public static Term? Parse(string written)
    {
        var (start, end) = (written.StartsWith('*'), written.Length > 1 && written.EndsWith('*'));
        var core = written[(start ? 1 : 0)..(end ? written.Length - 1 : written.Length)];
        if (core.Contains('*', StringComparison.Ordinal))
            return null;
        var view = TextView.Of(TextFolding.Fold(core), int.MaxValue).First().Text.Trim(' ');
        return view.Length == 0 ? null : new Term(view, start, end);
    }

    /// <summary>The same term in the reading that keeps one of repeated letters; an exception must be found there too.</summary>
    public Term WithoutRepeats => this with { Words = string.Concat(Words.Where((c, i) => i == 0 || c != Words[i - 1] || !char.IsLetter(c))) };

    public bool IsLongEnoughToBeOpen => Words.Length >= (Words.Any(c => c >= 0x0E00) ? ShortestOpenIdeographic : ShortestOpenAlphabetic);
}
