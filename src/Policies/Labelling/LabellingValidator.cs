using System.Globalization;
using System.Text.RegularExpressions;

namespace Vitrine.Policies;

/// <summary>From labelling rules as written to rules that run; everything that is wrong is said at once.</summary>
internal static partial class LabellingValidator
{
    /// <summary>Null when the file has any error.</summary>
    /// <param name="canDraw">Whether a label of this text can be drawn.</param>
    public static LabellingPolicy? Validate(PolicyFile? file, PolicyErrors errors, Func<string, bool> canDraw)
    {
        if (file is null || PolicyDocument.Read(file, errors) is not { } root)
            return null;
        var before = errors.Count;
        var config = LabellingConfig.Read(root, errors);
        foreach (var kind in config.Offered.Where(kind => RequirementKinds.ParametersOf(kind.Value) is null && kind.Value != RequirementKinds.VisibleLabelWhereStated))
            errors.Add(kind, $"one of {RequirementKinds.Names}, {RequirementKinds.VisibleLabelWhereStated}", kind.Kind);
        foreach (var (name, members) in config.Unions)
            foreach (var market in members.Prepend(name))
                CheckMarket(market, errors);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var rules = config.Rules.Select(rule => Validate(rule, ids, errors, canDraw)).ToList();
        return errors.Count > before ? null : new LabellingPolicy(
            config.Offered.Select(kind => kind.Value).ToHashSet(StringComparer.Ordinal),
            config.Unions.ToDictionary(union => union.Name.Value, union => union.Members.Select(member => member.Value).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal),
            rules);
    }

    private static LabellingRule Validate(LabellingRuleConfig rule, HashSet<string> ids, PolicyErrors errors, Func<string, bool> canDraw)
    {
        PolicyNames.Check(rule.Id, ids, errors);
        if (rule.Jurisdiction is null == rule.Channel is null)
            errors.Add(rule.Place, "either a jurisdiction or a channel", rule.Channel is null ? "neither" : "both");
        if (rule.Jurisdiction is { } jurisdiction)
            CheckMarket(jurisdiction, errors);
        if (rule.Channel is { } channel && !PolicyNames.IsName(channel.Value))
            errors.Add(channel, PolicyNames.Form, channel.Kind);
        if (rule.Role is { Value: not ("provider" or "deployer" or "platform") } role)
            errors.Add(role, "provider, deployer or platform", role.Kind);
        if (rule.InForce is { } from && rule.Until is { } until && until <= from)
            errors.Add(rule.Place, "an end (until) after the beginning (in_force)", until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (rule.MayPassAsReal is { Value: not "only" } real)
            errors.Add(real, "only (or leave the key out)", real.Kind);
        return new LabellingRule(
            new AppliedRule(rule.Id?.Value ?? "", rule.Jurisdiction?.Value, rule.Channel?.Value, rule.Role?.Value ?? "",
                rule.Act?.Value ?? "", rule.Article?.Value ?? "", rule.InForce ?? default),
            rule.Until,
            Names<MediaKind>(rule.Media, errors),
            Names<ContentOrigin>(rule.Origins, errors),
            rule.MayPassAsReal is not null,
            [.. rule.Requirements.Select(requirement => Requirement(requirement, rule.Id?.Value ?? "", errors, canDraw))]);
    }

    private static LabelRequirement Requirement(RequirementConfig written, string rule, PolicyErrors errors, Func<string, bool> canDraw)
    {
        var parameters = new List<LabelParameter>();
        var known = written.Kind is { } kind ? RequirementKinds.ParametersOf(kind.Value) : null;
        if (known is null && written.Kind is { } unknown)
            errors.Add(unknown, $"one of {RequirementKinds.Names}", unknown.Kind);
        foreach (var (name, value) in written.Parameters)
        {
            if (known is null)
                continue;
            if (!known.TryGetValue(name.Value, out var form))
                errors.Add(name, known.Count == 0 ? "no parameter" : $"one of {string.Join(", ", known.Keys)}", name.Kind);
            else if (form == RequirementKinds.Form.Measure)
                parameters.Add(new LabelParameter(name.Value, Measure(value, errors), []));
            else
                parameters.Add(new LabelParameter(name.Value, null, Texts(value, errors)));
        }
        if (written.Kind?.Value == RequirementKinds.VisibleLabel)
            CheckLabel(written, errors, canDraw);
        return new LabelRequirement(written.Kind?.Value ?? "", parameters, [rule], Offered: false);
    }

    /// <summary>A label is drawn as it is written here, so what cannot be drawn is said now and not when a picture is finished.</summary>
    private static void CheckLabel(RequirementConfig written, PolicyErrors errors, Func<string, bool> canDraw)
    {
        foreach (var (name, value) in written.Parameters)
            foreach (var text in (value is ListNode list ? list.Items : [value]).OfType<TextNode>())
            {
                if (name.Value == "position" && !RequirementKinds.Corners.Contains(text.Value))
                    errors.Add(text, $"one of {string.Join(", ", RequirementKinds.Corners)}", text.Kind);
                else if (name.Value == "texts" && text.Value.Length > 0 && (text.Value.Length > RequirementKinds.MostLabelText || !canDraw(text.Value)))
                    errors.Add(text, $"a label of at most {RequirementKinds.MostLabelText} characters that can be drawn: Latin, Greek, Cyrillic or the Chinese of the usual labels", text.Kind);
                else if (name.Value == RequirementKinds.LeastLabelHeight && decimal.TryParse(text.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var height) && height > RequirementKinds.MostLabelHeight)
                    errors.Add(text, $"at most {RequirementKinds.MostLabelHeight} percent", text.Kind);
            }
    }

    private static decimal? Measure(PolicyNode value, PolicyErrors errors)
    {
        if (value is TextNode text && decimal.TryParse(text.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 100_000)
            return number;
        errors.Add(value, "a positive number", value.Kind);
        return null;
    }

    private static IReadOnlyList<string> Texts(PolicyNode value, PolicyErrors errors)
    {
        var nodes = value is ListNode list ? list.Items : [value];
        foreach (var node in nodes.Where(node => node is not TextNode { Value.Length: > 0 }))
            errors.Add(node, "text or a list of texts", node.Kind);
        return [.. nodes.OfType<TextNode>().Select(text => text.Value)];
    }

    private static HashSet<T> Names<T>(IReadOnlyList<TextNode> written, PolicyErrors errors) where T : struct, Enum
    {
        var names = Enum.GetNames<T>().ToDictionary(name => name.ToLowerInvariant(), Enum.Parse<T>, StringComparer.Ordinal);
        foreach (var text in written.Where(text => !names.ContainsKey(text.Value)))
            errors.Add(text, $"one of {string.Join(", ", names.Keys)}", text.Kind);
        return [.. written.Where(text => names.ContainsKey(text.Value)).Select(text => names[text.Value])];
    }

    private static void CheckMarket(TextNode market, PolicyErrors errors)
    {
        if (!Market().IsMatch(market.Value))
            errors.Add(market, "a market as DE, US-CA or EU", market.Kind);
    }

    [GeneratedRegex(@"\A[A-Z]{2}(-[A-Z0-9]{1,3})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Market();
}
