namespace Vitrine.Policies;

/// <summary>The labelling rules as written, with places; nothing in here has been judged yet.</summary>
internal sealed record LabellingConfig(
    IReadOnlyList<TextNode> Offered,
    IReadOnlyList<(TextNode Name, IReadOnlyList<TextNode> Members)> Unions,
    IReadOnlyList<LabellingRuleConfig> Rules)
{
    public static LabellingConfig Read(PolicyNode root, PolicyErrors errors)
    {
        var table = new TableReader(root, errors);
        var offered = table.RequiredTexts("offered");
        var unions = new List<(TextNode, IReadOnlyList<TextNode>)>();
        var written = table.Optional("unions");
        if (written is TableNode members)
            unions.AddRange(members.Entries.Select(entry => (entry.Key, table.Texts(table.AsList(entry.Value)))));
        else if (written is not null)
            errors.Add(written, "a table", written.Kind);
        var rules = table.RequiredList("rules");
        table.RefuseOthers();
        return new LabellingConfig(offered, unions, [.. rules.Select(rule => LabellingRuleConfig.Read(rule, errors))]);
    }
}

internal sealed record LabellingRuleConfig(
    PolicyNode Place,
    TextNode? Id,
    TextNode? Jurisdiction,
    TextNode? Channel,
    TextNode? Role,
    DateOnly? InForce,
    DateOnly? Until,
    TextNode? Act,
    TextNode? Article,
    IReadOnlyList<TextNode> Media,
    IReadOnlyList<TextNode> Origins,
    TextNode? MayPassAsReal,
    IReadOnlyList<RequirementConfig> Requirements)
{
    public static LabellingRuleConfig Read(PolicyNode node, PolicyErrors errors)
    {
        var table = new TableReader(node, errors);
        var (id, jurisdiction, channel) = (table.RequiredText("id"), table.OptionalText("jurisdiction"), table.OptionalText("channel"));
        var role = table.RequiredText("role");
        var (inForce, until) = (table.AsDate(table.RequiredText("in_force")), table.AsDate(table.OptionalText("until")));
        var source = table.Required("source") is { } written ? new TableReader(written, errors) : null;
        var (act, article) = (source?.RequiredText("act"), source?.RequiredText("article"));
        source?.OptionalText("note");
        source?.RefuseOthers();
        var applies = table.Required("applies") is { } scope ? new TableReader(scope, errors) : null;
        var (media, origins) = (applies?.RequiredTexts("media") ?? [], applies?.RequiredTexts("origin") ?? []);
        var mayPassAsReal = applies?.OptionalText("may_pass_as_real");
        applies?.RefuseOthers();
        var requirements = table.RequiredList("require");
        table.RefuseOthers();
        return new LabellingRuleConfig(node, id, jurisdiction, channel, role, inForce, until, act, article, media, origins,
            mayPassAsReal, [.. requirements.Select(requirement => RequirementConfig.Read(requirement, errors))]);
    }
}

/// <summary>Written as a bare kind (<c>- c2pa.signed</c>) or as a table of <c>kind</c> and its parameters.</summary>
internal sealed record RequirementConfig(TextNode? Kind, IReadOnlyList<KeyValuePair<TextNode, PolicyNode>> Parameters)
{
    public static RequirementConfig Read(PolicyNode node, PolicyErrors errors)
    {
        if (node is TextNode bare)
            return new RequirementConfig(bare, []);
        return new RequirementConfig(
            new TableReader(node, errors).RequiredText("kind"),
            node is TableNode table ? [.. table.Entries.Where(entry => entry.Key.Value != "kind")] : []);
    }
}
