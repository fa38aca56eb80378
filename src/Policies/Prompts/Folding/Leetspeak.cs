using System.Buffers;

namespace Vitrine.Policies;

/// <summary>
/// Digits and signs that stand for letters, only between spaces where there is also a letter: <c>n00d</c> and <c>n.u.d.3</c>
/// are words, <c>2026</c> and <c>$100</c> are none.
/// </summary>
internal static class Leetspeak
{
    private const string Signs = "034567829@$+€£1|!¡";
    private const string Letters = "oeasgtbzgasteliiii";

    private static readonly SearchValues<char> AnySign = SearchValues.Create(Signs);

    /// <param name="oneIsI">The digit one and the bar are read as i or as l; a text has to be looked at both ways.</param>
    public static string Fold(string folded, bool oneIsI)
    {
        if (!folded.AsSpan().ContainsAny(AnySign))
            return folded;
        var result = folded.ToCharArray();
        for (var start = 0; start < result.Length;)
        {
            var end = start;
            bool letter = false, sign = false;
            for (; end < result.Length && !char.IsWhiteSpace(result[end]); end++)
            {
                letter |= char.IsAsciiLetter(result[end]);
                sign |= Signs.Contains(result[end], StringComparison.Ordinal);
            }
            if (letter && sign)
                for (var i = start; i < end; i++)
                    result[i] = ToLetter(result[i], oneIsI);
            start = Math.Max(end, start + 1);
        }
        return new string(result);
    }

    private static char ToLetter(char c, bool oneIsI)
    {
        if (c is '1' or '|' or '!' or '¡')
            return oneIsI ? 'i' : 'l';
        var at = Signs.IndexOf(c, StringComparison.Ordinal);
        return at < 0 ? c : Letters[at];
    }
}
