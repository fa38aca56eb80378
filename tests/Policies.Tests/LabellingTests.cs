namespace Vitrine.Policies.Tests;

public sealed class LabellingTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    [Fact]
    public void A_picture_for_Germany_and_Instagram_gets_all_that_is_asked_for_and_one_for_nowhere_in_particular_says_what_is_missing()
    {
        var decision = Decide(["DE"], "meta");
        Assert.Equal(["channel-meta", "eu-aia-50-2", "eu-aia-50-4"], decision.Rules.Select(rule => rule.Id));
        Assert.True(decision.Requires("c2pa.signed"));
        Assert.Equal(["channel-meta", "eu-aia-50-2"], decision.Requirements.Single(requirement => requirement.Kind == "c2pa.signed").RuleIds);
        Assert.Empty(decision.Unmet);
        Assert.Equal(["notice.before_use", "visible_label"], Decide([]).Unmet.Select(requirement => requirement.Kind));
        Assert.Equal("Regulation (EU) 2024/1689 (AI Act)", decision.Rules[1].Act);
    }

    [Fact]
    public void A_picture_for_China_is_to_carry_the_implicit_label_and_one_for_Germany_is_not()
    {
        Assert.Equal("1", Decide(["CN"]).ImplicitLabel);
        Assert.Empty(Decide(["CN"]).Unmet);
        Assert.Null(Decide(["DE"]).ImplicitLabel);
        Assert.Equal("1", Decide([]).ImplicitLabel);
    }

    [Fact]
    public void Of_two_measures_the_stricter_is_taken_and_texts_are_joined()
    {
        var label = Decide(["DE", "CN"]).Requirements.Single(requirement => requirement.Kind == "visible_label");
        Assert.Equal(["AI", "AI生成"], label.Parameters.Single(parameter => parameter.Name == "texts").AllOf);
        Assert.Equal(5m, label.Parameters.Single(parameter => parameter.Name == "min_height_pct_of_short_side").AtLeast);
        Assert.Equal(["cn-gb45438", "eu-aia-50-4"], label.RuleIds);

        var policy = Policy("""
            offered: [visible_label]
            rules:
              - {id: a, jurisdiction: AA, role: provider, in_force: 2026-01-01, source: {act: A, article: A}, applies: {media: [image], origin: [generated]}, require: [{kind: visible_label, min_seconds: 2.5}]}
              - {id: b, jurisdiction: BB, role: provider, in_force: 2026-01-01, source: {act: B, article: B}, applies: {media: [image], origin: [generated]}, require: [{kind: visible_label, min_seconds: 4}]}
            """);
        var merged = Assert.Single(policy.Decide(Question(["AA", "BB"])).Requirements);
        Assert.Equal(4m, Assert.Single(merged.Parameters).AtLeast);
        Assert.True(merged.Offered);
    }

    [Fact]
    public void An_unknown_or_unstated_market_gets_every_law()
    {
        var laws = ShippedPolicies.Set.Labelling.Decide(Question(["EU", "US-CA", "CN", "IN", "KR"])).Rules;
        var unknown = Decide(["XX", "DE"]);
        Assert.Equal(laws, unknown.Rules);
        Assert.Equal(["XX"], unknown.UnknownMarkets);
        Assert.Equal(laws, Decide([]).Rules);
        Assert.Empty(Decide(["DE"]).UnknownMarkets);
    }

    [Fact]
    public void An_unknown_channel_gets_the_rules_of_every_channel()
    {
        var decision = Decide(["KR"], "elsewhere");
        Assert.True(decision.UnknownChannel);
        Assert.Contains("channel-meta", decision.Rules.Select(rule => rule.Id));
        Assert.Contains("channel-tiktok", decision.Rules.Select(rule => rule.Id));
        Assert.False(Decide(["KR"]).UnknownChannel);
    }

    [Fact]
    public void A_whole_is_covered_by_the_laws_of_its_parts_and_the_other_way_round()
    {
        Assert.Contains("us-ca-22757-3", Decide(["US"]).Rules.Select(rule => rule.Id));
        Assert.DoesNotContain("us-ca-22757-3", Decide(["US-WA"]).Rules.Select(rule => rule.Id));
        Assert.Contains("eu-aia-50-2", Decide(["DE-BY"]).Rules.Select(rule => rule.Id));
    }

    [Fact]
    public void What_cannot_pass_as_real_needs_no_deep_fake_label()
    {
        var cartoon = ShippedPolicies.Set.Labelling.Decide(Question(["DE"]) with { MayPassAsReal = false });
        Assert.False(cartoon.Requires("visible_label"));
        Assert.True(cartoon.Requires("c2pa.signed"));
    }

    [Fact]
    public void Standard_editing_is_exempt_and_an_ended_rule_no_longer_applies()
    {
        Assert.Empty(ShippedPolicies.Set.Labelling.Decide(Question(["DE"]) with { Origin = ContentOrigin.Edited }).Requirements);
        var policy = Policy("""
            offered: [c2pa.signed]
            rules:
              - {id: a, jurisdiction: AA, role: provider, in_force: 2026-01-01, until: 2026-11-23, source: {act: A, article: A}, applies: {media: [image], origin: [generated]}, require: [c2pa.signed]}
            """);
        Assert.Empty(policy.Decide(Question(["AA"])).Rules);
        Assert.Single(policy.Decide(Question(["AA"]) with { On = Today.AddDays(-1) }).Rules);
    }

    [Fact]
    public void The_platform_claims_only_what_it_can_do()
    {
        Assert.Equal(["aigc.implicit", "c2pa.signed", "c2pa.timestamped", "detector.public", "digital_source_type", "disclosure_verification.public", "input_marks.retained", "latent_disclosure",
            "visible_label.where_stated", "watermark.imperceptible"], ShippedPolicies.Set.Labelling.Offered);
    }

    [Fact]
    public void One_label_satisfies_every_rule_that_asks_for_one()
    {
        Assert.Null(ShippedPolicies.Set.Labelling.Decide(Question([])).VisibleLabel);
        var offering = Policy(ShippedPolicies.Files.Single(file => file.Name == "labelling.yaml").Text.Replace("offered:\n", "offered:\n  - visible_label\n", StringComparison.Ordinal));
        LabellingDecision Decide(IReadOnlyList<string> markets) => offering.Decide(Question(markets));
        var everywhere = Decide([]).VisibleLabel!;
        Assert.Equal(("AI生成", "top-right", 5m), (everywhere.Text, everywhere.Position, everywhere.LeastHeightPercent));
        Assert.Equal(["cn-gb45438", "eu-aia-50-4", "in-gsr120e", "kr-basic-act-31-real"], everywhere.RuleIds);
        Assert.Equal(("AI", null), (Decide(["DE"]).VisibleLabel!.Text, Decide(["DE"]).VisibleLabel!.LeastHeightPercent));
        // India asks for a prominent one and says no text: the usual one.
        Assert.Equal("AI", Decide(["IN"]).VisibleLabel!.Text);
        Assert.Null(Decide(["US-CA"]).VisibleLabel);
    }

    [Fact]
    public void As_shipped_a_label_is_drawn_where_the_request_says_where_the_picture_will_be_shown_and_the_rest_is_told_as_unmet()
    {
        var shipped = ShippedPolicies.Set.Labelling;
        Assert.Equal("AI生成", shipped.Decide(Question(["CN"])).VisibleLabel?.Text);
        Assert.Equal("AI", shipped.Decide(Question(["EU"])).VisibleLabel?.Text);
        Assert.Null(shipped.Decide(Question(["EU"]) with { MayPassAsReal = false }).VisibleLabel);
        Assert.Null(shipped.Decide(Question([])).VisibleLabel);
        Assert.Contains("visible_label", shipped.Decide(Question([])).Unmet.Select(unmet => unmet.Kind));
        Assert.DoesNotContain("visible_label", shipped.Decide(Question(["CN"])).Unmet.Select(unmet => unmet.Kind));
        // An unknown market is every market, and it was stated.
        Assert.Equal("AI生成", shipped.Decide(Question(["ZZ"])).VisibleLabel?.Text);
    }

    [Fact]
    public void A_label_that_is_not_offered_is_not_drawn_and_one_of_several_texts_says_them_all()
    {
        const string Rules = """
            rules:
              - {id: a, jurisdiction: AA, role: provider, in_force: 2026-01-01, source: {act: A, article: A}, applies: {media: [image], origin: [generated]}, require: [{kind: visible_label, texts: [Made by AI, KI], position: bottom-left}]}
              - {id: b, jurisdiction: BB, role: provider, in_force: 2026-01-01, source: {act: B, article: B}, applies: {media: [image], origin: [generated]}, require: [{kind: visible_label, texts: [AI], position: bottom-right, min_height_pct_of_short_side: 7.5}]}
            """;
        Assert.Null(Policy("offered: [c2pa.signed]\n" + Rules).Decide(Question(["AA", "BB"])).VisibleLabel);
        var label = Policy("offered: [visible_label]\n" + Rules).Decide(Question(["AA", "BB"])).VisibleLabel!;
        Assert.Equal(("KI \u00b7 Made by AI", "bottom-right", 7.5m), (label.Text, label.Position, label.LeastHeightPercent));
    }

    [Fact]
    public void A_label_that_could_not_be_drawn_is_refused_with_every_other_mistake()
    {
        const string Rules = """
            offered: [visible_label]
            rules:
              - id: a
                jurisdiction: AA
                role: provider
                in_force: 2026-01-01
                source: {act: A, article: A}
                applies: {media: [image], origin: [generated]}
                require:
                  - kind: visible_label
                    texts: [AI, "\u0646\u0635"]
                    position: [middle, top-left]
                    min_height_pct_of_short_side: 26
            """;
        var files = ShippedPolicies.Files.Where(file => file.Name != PolicySet.LabellingFile).Append(new PolicyFile(PolicySet.LabellingFile, Rules)).ToList();
        var errors = Assert.IsType<PolicySetResult.Rejected>(PolicySet.Parse(files, text => text.All(char.IsAscii))).Errors;
        Assert.Equal([(11, 21), (12, 20), (13, 39)], errors.Select(error => (error.Line, error.Column)));
        Assert.Contains("top-right, top-left, bottom-right, bottom-left", errors[1].Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_in_labelling_rules_are_reported_at_once()
    {
        var errors = ShippedPolicies.ErrorsWith(PolicySet.LabellingFile, """
            offered: [c2pa.signed]
            unions:
              Europe: [DE]
            rules:
              - id: a
                role: king
                in_force: 2026-13-01
                source: {act: A}
                applies: {media: [smell], origin: [generated]}
                require:
                  - kind: visible_label
                    min_seconds: -1
                    colour: red
                  - c2pa.singed
            """);
        Assert.Equal(
            [(3, 3), (5, 5), (6, 11), (7, 15), (8, 13), (9, 23), (12, 22), (13, 9), (14, 9)],
            errors.Select(error => (error.Line, error.Column)));
    }

    private static LabellingQuestion Question(IReadOnlyList<string> markets, string? channel = null) =>
        new(markets, channel, MediaKind.Image, ContentOrigin.Generated, Today);

    private static LabellingDecision Decide(IReadOnlyList<string> markets, string? channel = null) =>
        ShippedPolicies.Set.Labelling.Decide(Question(markets, channel));

    private static LabellingPolicy Policy(string labelling) => Assert.IsType<PolicySetResult.Accepted>(PolicySet.Parse(
    [
        .. ShippedPolicies.Files.Where(file => file.Name != PolicySet.LabellingFile), new PolicyFile(PolicySet.LabellingFile, labelling),
    ])).Policies.Labelling;
}
