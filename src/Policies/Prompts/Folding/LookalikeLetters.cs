namespace Vitrine.Policies;

/// <summary>
/// Letters of other scripts that a reader takes for a Latin one, after <see cref="TextFolding"/>. A selection in the spirit of Unicode TS 39,
/// section 4 (confusable detection), wider than its table because lower-casing has already happened.
/// </summary>
internal static class LookalikeLetters
{
    // Indexed by the letter: a prompt asks for every one of its letters.
    private static readonly char[] Latin = Pairs(
        // Cyrillic
        "аaбbвbгrеeзzиuкkлlмmнhоoпnрpсcтtуyфfхxьbіiјjѕsһhԁdԛqԝwӏlґrүyұyғfқkңhҳxєeґrѵvѡwѐeѝu" +
        // Greek
        "αaβbγyεeζzηnιiκkνvοoπnρpσoτtυuχxωwμuδdλlθo" +
        // Armenian
        "օoսuհhոnցgզqյjէtկlտsղn" +
        // Latin letters with strokes, dotless and turned ones, and the letters of phonetic alphabets
        "ıiȷjłløođdðdħhŧtƀbɓbƈcɗdɖdɛeəeǝeɐaɑaɡgɠgɢgɣyɦhɥhɨiɩiɪiɭlʟlɯmɱmɲnɳnɴnɵoɔoɒaɾrɹrʀrʂsꜱsƨsʃsʇtƭtʉuʊuʋvʌvʍwʎyʏyƴyʐzʑzƶz" +
        "ᴀaʙbᴄcᴅdᴇeꜰfʜhᴊjᴋkᴍmᴏoᴘpꞯqᴛtᴜuᴠvᴡwᴢzɟjƙkƥpɋqⱥaɇeɉjɍrɏyȼcꞓcꞁlƒf" +
        // Cherokee, in both cases because only some of it has lower case
        "ꭺaꮯcꭰdꭼeꮐgꮋhꭵiꭻjꮶkꮮlꮇmꮲpꮪsꭲtꮩvꮃwꮓzꭱrꮟbᎪaᏟcᎠdᎬeᏀgᎻhᎥiᎫjᏦkᏞlᎷmᏢpᏚsᎢtᏙvᎳwᏃzᎡrᏏb");

    // Of these, honest words of the script are full. The others occur in few languages and hardly make a whole word.
    private const string SameInBothScripts = "аеорсухіјѕһοντυικραекмтнв";

    /// <summary>Zero when the letter stands for itself.</summary>
    public static char ToLatin(char letter) => letter < 0x80 ? '\0' : Latin[letter];

    /// <summary>
    /// Replaces lookalikes by Latin letters, word by word. A word that mixes scripts is always folded. A word of lookalikes only is folded unless
    /// the text around it is honestly written in that script: Russian has words that look like English ones.
    /// </summary>
    public static string Fold(string folded)
    {
        if (!folded.AsSpan().ContainsAnyExceptInRange('\0', '\u007F'))
            return folded;
        var honest = IsHonest(folded);
        var result = folded.ToCharArray();
        for (var start = 0; start < result.Length;)
        {
            if (!IsWordCharacter(result[start]))
            {
                start++;
                continue;
            }
            var end = start;
            bool hasLatin = false, hasUnknown = false;
            for (; end < result.Length && IsWordCharacter(result[end]); end++)
            {
                hasLatin |= char.IsAsciiLetterOrDigit(result[end]);
                hasUnknown |= result[end] >= 0x80 && ToLatin(result[end]) == '\0';
            }
            if (hasLatin || !hasUnknown && !honest)
                for (var i = start; i < end; i++)
                    result[i] = ToLatin(result[i]) is var letter and not '\0' ? letter : result[i];
            start = end;
        }
        return new string(result);
    }

    private static bool IsHonest(string folded)
    {
        int foreign = 0, latin = 0;
        foreach (var c in folded)
        {
            if (char.IsAsciiLetter(c))
                latin++;
            else if (c >= 0x80 && char.IsLetter(c) && !SameInBothScripts.Contains(c, StringComparison.Ordinal))
                foreign++;
        }
        return foreign > latin;
    }

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c);

    private static char[] Pairs(string pairs)
    {
        var letters = new char[char.MaxValue + 1];
        for (var i = 0; i < pairs.Length; i += 2)
            letters[pairs[i]] = pairs[i + 1];
        return letters;
    }
}
