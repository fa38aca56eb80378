namespace Vitrine.Policies;

/// <summary>The prompt rules as written, with places; nothing in here has been judged yet.</summary>
internal sealed record PromptRulesConfig(IReadOnlyList<PromptRuleConfig> Rules)
{
    public static PromptRulesConfig Read(PolicyNode root, PolicyErrors errors)
    {
        var table = new TableReader(root, errors);
        var rules = table.RequiredList("rules");
        table.RefuseOthers();
        return new PromptRulesConfig([.. rules.Select(rule => PromptRuleConfig.Read(rule, errors))]);
    }
}

/// <param name="Terms">Any of these is a match by itself.</param>
/// <param name="Together">One of each of these lists is a match, wherever in the request they stand.</param>
internal sealed record PromptRuleConfig(
    PolicyNode Place,
    TextNode? Id,
    TextNode? Category,
    TextNode? Severity,
    TextNode? Sentence,
    TextNode? Source,
    IReadOnlyList<TextNode> Languages,
    TextNode? NegativePrompt,
    IReadOnlyList<TextNode> Terms,
    IReadOnlyList<IReadOnlyList<TextNode>> Together,
    IReadOnlyList<TextNode> Patterns,
    IReadOnlyList<TextNode> Exceptions)
{
    public static PromptRuleConfig Read(PolicyNode node, PolicyErrors errors)
    {
        var table = new TableReader(node, errors);
        var rule = new PromptRuleConfig(
            node,
            table.RequiredText("id"),
            table.RequiredText("category"),
            table.RequiredText("severity"),
            table.RequiredText("sentence"),
            table.RequiredText("source"),
            table.RequiredTexts("languages"),
            table.OptionalText("negative_prompt"),
            table.OptionalTexts("terms"),
            [.. table.OptionalList("together").Select(group => table.Texts(table.AsList(group)))],
            table.OptionalTexts("patterns"),
            table.OptionalTexts("except"));
        table.RefuseOthers();
        return rule;
    }
}
