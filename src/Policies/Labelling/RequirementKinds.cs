namespace Vitrine.Policies;

/// <summary>
/// What a rule can ask for. A kind stands here because a law or a channel asks for it, not because the platform can do it; the latter is the
/// list <c>offered</c> of the policy file.
/// </summary>
internal static class RequirementKinds
{
    public enum Form
    {
        Measure,
        Texts,
    }

    private static readonly Dictionary<string, Dictionary<string, Form>> Known = new(StringComparer.Ordinal)
    {
        ["aigc.implicit"] = With(("key", Form.Texts), ("label", Form.Texts)),
        ["audible_label"] = With(("texts", Form.Texts), ("position", Form.Texts)),
        ["c2pa.signed"] = With(),
        ["c2pa.timestamped"] = With(),
        ["detector.public"] = With(),
        ["digital_source_type"] = With(("uri", Form.Texts)),
        ["disclosure_verification.public"] = With(),
        ["input_marks.retained"] = With(),
        ["latent_disclosure"] = With(("fields", Form.Texts)),
        ["notice.before_use"] = With(),
        ["visible_label"] = With(("texts", Form.Texts), ("position", Form.Texts), ("accessibility", Form.Texts), ("shown", Form.Texts),
            ("min_height_pct_of_short_side", Form.Measure), ("min_seconds", Form.Measure)),
        ["watermark.imperceptible"] = With(),
    };

    public static string Names => string.Join(", ", Known.Keys.Order(StringComparer.Ordinal));

    /// <summary>The parameters of a kind, or null for a kind that is not known.</summary>
    public static IReadOnlyDictionary<string, Form>? ParametersOf(string kind) => Known.GetValueOrDefault(kind);

    private static Dictionary<string, Form> With(params (string Name, Form Form)[] parameters) =>
        parameters.ToDictionary(p => p.Name, p => p.Form, StringComparer.Ordinal);
}
