namespace Vitrine.Policies;

/// <summary>
/// What a rule can ask for. A kind stands here because a law or a channel asks for it, not because the platform can do it; the latter is the
/// list <c>offered</c> of the policy file.
/// </summary>
public static class RequirementKinds
{
    public const string TimeStamped = "c2pa.timestamped", Watermark = "watermark.imperceptible";

    public const string VisibleLabel = "visible_label", LeastLabelHeight = "min_height_pct_of_short_side";

    /// <summary>The metadata that GB 45438 asks for, and its value for what is generated.</summary>
    public const string ImplicitLabel = "aigc.implicit", ImplicitlyGenerated = "1";

    /// <summary>In the list of what is offered only: the label is drawn where the request says in which markets or on which channel the output will be shown.</summary>
    public const string VisibleLabelWhereStated = "visible_label.where_stated";

    /// <summary>Letters of a label beyond this share of the shorter side would hide the picture.</summary>
    public const decimal MostLabelHeight = 25;

    /// <summary>The longest text of a label.</summary>
    public const int MostLabelText = 40;

    /// <summary>Where a label can stand.</summary>
    public static readonly IReadOnlyList<string> Corners = ["top-right", "top-left", "bottom-right", "bottom-left"];

    internal enum Form
    {
        Measure,
        Texts,
    }

    private static readonly Dictionary<string, Dictionary<string, Form>> Known = new(StringComparer.Ordinal)
    {
        [ImplicitLabel] = With(("key", Form.Texts), ("label", Form.Texts)),
        ["audible_label"] = With(("texts", Form.Texts), ("position", Form.Texts)),
        ["c2pa.signed"] = With(),
        [TimeStamped] = With(),
        ["detector.public"] = With(),
        ["digital_source_type"] = With(("uri", Form.Texts)),
        ["disclosure_verification.public"] = With(),
        ["input_marks.retained"] = With(),
        ["latent_disclosure"] = With(("fields", Form.Texts)),
        ["notice.before_use"] = With(),
        [VisibleLabel] = With(("texts", Form.Texts), ("position", Form.Texts), ("accessibility", Form.Texts), ("shown", Form.Texts),
            (LeastLabelHeight, Form.Measure), ("min_seconds", Form.Measure)),
        [Watermark] = With(),
    };

    public static string Names => string.Join(", ", Known.Keys.Order(StringComparer.Ordinal));

    /// <summary>The parameters of a kind, or null for a kind that is not known.</summary>
    internal static IReadOnlyDictionary<string, Form>? ParametersOf(string kind) => Known.GetValueOrDefault(kind);

    private static Dictionary<string, Form> With(params (string Name, Form Form)[] parameters) =>
        parameters.ToDictionary(p => p.Name, p => p.Form, StringComparer.Ordinal);
}
