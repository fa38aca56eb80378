using System.Text.RegularExpressions;

namespace Vitrine.Policies;

/// <summary>From rules as written to rules that run; everything that is wrong is said at once.</summary>
internal static class PromptRulesValidator
{
    private const int LongestPattern = 256;

    /// <summary>The product of all counts in a pattern. A counted repetition is written out by the automaton, so counts inside counts multiply its size.</summary>
    private const int MostRepetition = 1000;

    /// <summary>Enough for every rule in use; each pattern is one more pass over the text.</summary>
    private const int MostPatterns = 32;

    /// <summary>Null only when the file cannot be read at all; otherwise the policy is worth something only if no error was added.</summary>
    public static PromptPolicy? Validate(PolicyFile? file, PolicyErrors errors)
    {
        if (file is null || PolicyDocument.Read(file, errors) is not { } root)
            return null;
        var before = errors.Count;
        var config = PromptRulesConfig.Read(root, errors);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var rules = config.Rules.Select(rule => Validate(rule, ids, errors)).ToList();
        if (config.Rules.Sum(rule => rule.Patterns.Count) > MostPatterns)
            errors.Add(root, $"at most {MostPatterns} patterns in all rules", $"{config.Rules.Sum(rule => rule.Patterns.Count)}");
        return errors.Count > before ? null : new PromptPolicy(rules);
    }

    private static PromptRule Validate(PromptRuleConfig rule, HashSet<string> ids, PolicyErrors errors)
    {
        var stated = RuleStatements.Check(rule.Id, rule.Category, rule.Severity, rule.Sentence, rule.Source, ids, errors);
        foreach (var language in rule.Languages.Where(language => language.Value is not ([>= 'a' and <= 'z', >= 'a' and <= 'z'] or [>= 'a' and <= 'z', >= 'a' and <= 'z', >= 'a' and <= 'z'])))
            errors.Add(language, "a language as two or three small letters (ISO 639)", language.Kind);
        if (rule.Terms.Count + rule.Together.Count + rule.Patterns.Count == 0)
            errors.Add(rule.Place, "terms, together or patterns", "none of them");
        if (rule.Together.Count == 1)
            errors.Add(rule.Place, "two or more lists under together", "one");
        return new PromptRule(
            stated,
            IgnoresNegativePrompt(rule.NegativePrompt, errors),
            Terms(rule.Terms, errors),
            [.. rule.Together.Select(group => Terms(group, errors))],
            [.. rule.Patterns.Select(pattern => Pattern(pattern, errors)).OfType<Regex>()],
            Terms(rule.Exceptions, errors));
    }

    private static bool IgnoresNegativePrompt(TextNode? text, PolicyErrors errors)
    {
        if (text is { Value: not ("screened" or "ignored") })
            errors.Add(text, "screened or ignored", text.Kind);
        return text?.Value == "ignored";
    }

    private static List<Term> Terms(IReadOnlyList<TextNode> written, PolicyErrors errors)
    {
        var terms = new List<Term>();
        foreach (var text in written)
        {
            if (Term.Parse(text.Value) is not { } term)
                errors.Add(text, "words, with a star only at an end", text.Kind);
            else if ((term.OpenStart || term.OpenEnd) && !term.IsLongEnoughToBeOpen)
                errors.Add(text, $"at least {Term.ShortestOpenAlphabetic} letters (or {Term.ShortestOpenIdeographic} signs) beside a star", text.Kind);
            else
                terms.Add(term);
        }
        return terms;
    }

    private static Regex? Pattern(TextNode text, PolicyErrors errors)
    {
        if (text.Value.Length > LongestPattern)
        {
            errors.Add(text, $"a pattern of at most {LongestPattern} characters", $"{text.Value.Length}");
            return null;
        }
        if (Repetition(text.Value) > MostRepetition)
        {
            errors.Add(text, $"counts whose product is at most {MostRepetition}", text.Kind);
            return null;
        }
        try
        {
            // This engine has no backtracking, so no pattern can take more than linear time; it refuses what it cannot promise that for.
            var pattern = new Regex(text.Value, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            if (!pattern.IsMatch(""))
                return pattern;
            errors.Add(text, "a pattern that does not match the empty text", text.Kind);
        }
        catch (NotSupportedException)
        {
            errors.Add(text, "a pattern without look-around, back references and atomic groups", text.Kind);
        }
        catch (ArgumentException wrong)
        {
            errors.Add(text, "a regular expression", wrong.Message);
        }
        return null;
    }

    private static long Repetition(string pattern)
    {
        var product = 1L;
        for (var i = 0; i < pattern.Length && product <= MostRepetition; i++)
        {
            if (pattern[i] != '{')
                continue;
            var most = 1L;
            for (var number = 0L; ++i < pattern.Length && (char.IsAsciiDigit(pattern[i]) || pattern[i] == ',');)
            {
                number = pattern[i] == ',' ? 0 : Math.Min(number * 10 + (pattern[i] - '0'), MostRepetition + 1L);
                most = Math.Max(most, number);
            }
            product *= most;
        }
        return product;
    }
}
