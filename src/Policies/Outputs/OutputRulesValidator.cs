using System.Globalization;

namespace Vitrine.Policies;

/// <summary>From rules as written to rules that run; everything that is wrong is said at once.</summary>
internal static class OutputRulesValidator
{
    /// <summary>Null only when the file cannot be read at all; otherwise the policy is worth something only if no error was added.</summary>
    public static OutputPolicy? Validate(PolicyFile? file, PolicyErrors errors)
    {
        if (file is null || PolicyDocument.Read(file, errors) is not { } root)
            return null;
        var before = errors.Count;
        var config = OutputRulesConfig.Read(root, errors);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var rules = config.Rules.Select(rule => Validate(rule, ids, errors)).ToList();
        return errors.Count > before ? null : new OutputPolicy(rules);
    }

    private static OutputRule Validate(OutputRuleConfig rule, HashSet<string> ids, PolicyErrors errors)
    {
        var labels = new HashSet<string>(StringComparer.Ordinal);
        foreach (var label in rule.Labels)
            if (!OutputPolicy.Labels.Contains(label.Value))
                errors.Add(label, $"one of {string.Join(", ", OutputPolicy.Labels)}", label.Kind);
            else if (!labels.Add(label.Value))
                errors.Add(label, "each label once", $"{label.Kind} again");
        return new OutputRule(RuleStatements.Check(rule.Id, rule.Category, rule.Severity, rule.Sentence, rule.Source, ids, errors), [.. labels], Score(rule.AtLeast, errors));
    }

    private static float Score(TextNode? text, PolicyErrors errors)
    {
        if (text is null)
            return 1;
        // Zero would match every picture, and a classifier that is never quite sure never says one.
        if (float.TryParse(text.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var score) && score is > 0 and < 1)
            return score;
        errors.Add(text, "a score between 0 and 1, such as 0.85", text.Kind);
        return 1;
    }
}
