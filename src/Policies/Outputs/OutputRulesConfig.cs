namespace Vitrine.Policies;

/// <summary>The output rules as written, with places; nothing in here has been judged yet.</summary>
internal sealed record OutputRulesConfig(IReadOnlyList<OutputRuleConfig> Rules)
{
    public static OutputRulesConfig Read(PolicyNode root, PolicyErrors errors)
    {
        var table = new TableReader(root, errors);
        var rules = table.RequiredList("rules");
        table.RefuseOthers();
        return new OutputRulesConfig([.. rules.Select(rule => OutputRuleConfig.Read(rule, errors))]);
    }
}

/// <param name="Labels">Labels of the image classifier whose scores are added up.</param>
/// <param name="AtLeast">The sum from which on the rule matches.</param>
internal sealed record OutputRuleConfig(
    TextNode? Id, TextNode? Category, TextNode? Severity, TextNode? Sentence, TextNode? Source, IReadOnlyList<TextNode> Labels, TextNode? AtLeast)
{
    public static OutputRuleConfig Read(PolicyNode node, PolicyErrors errors)
    {
        var table = new TableReader(node, errors);
        var rule = new OutputRuleConfig(
            table.RequiredText("id"),
            table.RequiredText("category"),
            table.RequiredText("severity"),
            table.RequiredText("sentence"),
            table.RequiredText("source"),
            table.RequiredTexts("labels"),
            table.RequiredText("at_least"));
        table.RefuseOthers();
        return rule;
    }
}
