using System.Globalization;
using System.Text;

namespace Vitrine.Policies;

/// <summary>
/// One way of reading a text: words separated by single spaces, with a space at both ends, so that a word's boundary is a space.
/// From <paramref name="NegativeStart"/> on, the words come from the negative prompt.
/// </summary>
internal readonly record struct TextView(string Text, int NegativeStart)
{
    /// <summary>A run of single letters shorter than this is ordinary writing ("a", "x y").</summary>
    private const int ShortestSpelledOut = 3;

    /// <summary>All readings of a folded text. The first is the plain one; the others are there only where they differ from it.</summary>
    public static IEnumerable<TextView> Of(string folded, int negativeStart)
    {
        var latin = LookalikeLetters.Fold(folded);
        var readings = new List<string> { folded };
        foreach (var reading in new[] { latin, Leetspeak.Fold(latin, oneIsI: true), Leetspeak.Fold(latin, oneIsI: false) })
            if (!readings.Contains(reading, StringComparer.Ordinal))
                readings.Add(reading);
        foreach (var reading in readings)
        {
            foreach (var view in Spellings(reading, negativeStart))
            {
                yield return view;
                if (view.Repeated(longest: 1) is { } single)
                    yield return single;
                if (view.Repeated(longest: 2) is { } twice)
                    yield return twice;
            }
        }
    }

    /// <summary>The words as written, then with signs inside words removed ("n.u.d.e"), then with spelled-out words joined ("n u d e").</summary>
    private static IEnumerable<TextView> Spellings(string reading, int negativeStart)
    {
        var plain = new Builder(reading.Length, negativeStart);
        var tight = new Builder(reading.Length, negativeStart);
        var differs = false;
        foreach (var chunk in Chunks(reading, negativeStart))
        {
            var words = 0;
            foreach (var word in Words(reading, chunk))
            {
                plain.Word(reading.AsSpan(word), word.Start.Value);
                tight.Continue(reading.AsSpan(word), chunk.Start.Value);
                words++;
            }
            tight.EndWord();
            differs |= words > 1;
        }
        var view = plain.View();
        yield return view;
        if (differs)
            yield return tight.View();
        foreach (var joined in view.SpelledOut())
            yield return joined;
    }

    /// <summary>Words with no run of a letter longer than given, or null when no word has one. A run of two is ordinary spelling when two are kept.</summary>
    private TextView? Repeated(int longest)
    {
        var shortened = new StringBuilder(Text.Length);
        var negative = NegativeStart;
        var run = 0;
        for (var i = 0; i < Text.Length; i++)
        {
            run = i > 0 && Text[i] == Text[i - 1] ? run + 1 : 1;
            if (i == NegativeStart)
                negative = shortened.Length;
            if (run <= longest || !char.IsLetter(Text[i]))
                shortened.Append(Text[i]);
        }
        return shortened.Length == Text.Length ? null : new TextView(shortened.ToString(), negative);
    }

    /// <summary>The text with spelled-out words joined, then only those words in other cuts.</summary>
    private IEnumerable<TextView> SpelledOut()
    {
        var joined = new StringBuilder(Text.Length);
        var cuts = new StringBuilder(" ");
        var (negative, negativeCut) = (NegativeStart, int.MaxValue);
        for (var i = 0; i < Text.Length; i++)
        {
            if (i == NegativeStart)
                (negative, negativeCut) = (joined.Length, cuts.Length);
            joined.Append(Text[i]);
            var letters = Text[i] == ' ' ? SingleLettersFrom(i + 1) : 0;
            if (letters < ShortestSpelledOut)
                continue;
            var word = new char[letters];
            for (var letter = 0; letter < letters; letter++)
                word[letter] = Text[i + 1 + 2 * letter];
            joined.Append(word).Append(' ');
            // "a", "I", "y" and the like are words of one letter and may stand at either end of the spelled-out one.
            cuts.Append(word[1..]).Append(' ').Append(word[..^1]).Append(' ').Append(word[1..^1]).Append(' ');
            i += 2 * letters;
        }
        if (cuts.Length == 1)
            yield break;
        yield return new TextView(joined.ToString(), negative);
        yield return new TextView(cuts.ToString(), negativeCut);
    }

    private int SingleLettersFrom(int at)
    {
        var letters = 0;
        var part = at >= NegativeStart;
        while (at + 1 < Text.Length && at >= NegativeStart == part && Text[at] != ' ' && Text[at + 1] == ' ' && char.IsLetter(Text[at]))
        {
            letters++;
            at += 2;
        }
        return letters;
    }

    private static IEnumerable<Range> Chunks(string text, int negativeStart)
    {
        for (var start = 0; start < text.Length;)
        {
            if (char.IsWhiteSpace(text[start]))
            {
                start++;
                continue;
            }
            var end = start;
            while (end < text.Length && !char.IsWhiteSpace(text[end]) && (end != negativeStart || end == start))
                end++;
            yield return start..end;
            start = end;
        }
    }

    private static IEnumerable<Range> Words(string text, Range chunk)
    {
        for (var start = chunk.Start.Value; start < chunk.End.Value;)
        {
            var end = start;
            while (end < chunk.End.Value && IsWordCharacter(text, end))
                end++;
            if (end > start)
                yield return start..end;
            start = Math.Max(end, start + 1);
        }
    }

    // Marks belong to the letter before them. Pictures end a word like any sign.
    private static bool IsWordCharacter(string text, int at)
    {
        if (char.IsAscii(text[at]))
            return char.IsAsciiLetterOrDigit(text[at]);
        var pair = char.IsLowSurrogate(text[at]) && at > 0 && char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;
        return char.GetUnicodeCategory(text, pair) is <= UnicodeCategory.DecimalDigitNumber;
    }

    private sealed class Builder(int capacity, int negativeStart)
    {
        private readonly StringBuilder text = new StringBuilder(capacity + 2).Append(' ');
        private int negative = -1;
        private bool open;

        public void Word(ReadOnlySpan<char> word, int source)
        {
            Continue(word, source);
            EndWord();
        }

        public void Continue(ReadOnlySpan<char> part, int source)
        {
            if (negative < 0 && source >= negativeStart)
                negative = text.Length;
            text.Append(part);
            open = true;
        }

        public void EndWord()
        {
            if (open)
                text.Append(' ');
            open = false;
        }

        public TextView View() => new(text.ToString(), negative < 0 ? text.Length : negative);
    }
}
