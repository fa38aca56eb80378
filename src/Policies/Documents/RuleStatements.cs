namespace Vitrine.Policies;

/// <summary>What every screening rule says of itself, whatever it looks at.</summary>
internal static class RuleStatements
{
    public static MatchedRule Check(TextNode? id, TextNode? category, TextNode? severity, TextNode? sentence, TextNode? source, HashSet<string> seen, PolicyErrors errors)
    {
        PolicyNames.Check(id, seen, errors);
        if (category is not null && !PolicyNames.IsName(category.Value))
            errors.Add(category, PolicyNames.Form, category.Kind);
        if (sentence is not null && !(sentence.Value.EndsWith('.') && sentence.Value.Length <= 300))
            errors.Add(sentence, "a sentence of at most 300 characters that ends with a full stop", sentence.Kind);
        if (severity is { Value: not ("block" or "flag") })
            errors.Add(severity, "block or flag", severity.Kind);
        return new MatchedRule(
            id?.Value ?? "", category?.Value ?? "", severity?.Value == "block" ? RuleSeverity.Block : RuleSeverity.Flag, sentence?.Value ?? "", source?.Value ?? "");
    }
}
