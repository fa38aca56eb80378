namespace Vitrine.Policies.Tests;

/// <summary>What output-rules.yaml decides, and what is said about one that is wrong.</summary>
public sealed class OutputRulesTests
{
    private const string Rules = PolicySet.OutputRulesFile;

    [Fact]
    public void A_drawing_and_a_neutral_picture_pass_without_a_remark()
    {
        Assert.Empty(Assert.IsType<OutputDecision.Allowed>(ShippedPolicies.ScreenOutput(("drawing", 1))).Matches);
        Assert.Empty(Assert.IsType<OutputDecision.Allowed>(ShippedPolicies.ScreenOutput(("neutral", 1))).Matches);
        Assert.Empty(Assert.IsType<OutputDecision.Allowed>(ShippedPolicies.ScreenOutput(("drawing", 0.4f), ("hentai", 0.5f), ("sexy", 0.1f))).Matches);
    }

    [Fact]
    public void A_picture_that_two_labels_share_is_blocked_by_their_sum()
    {
        var blocked = Assert.IsType<OutputDecision.Blocked>(ShippedPolicies.ScreenOutput(("hentai", 0.5f), ("porn", 0.4f)));
        Assert.Equal(("output-sexual-explicit", "sexual"), (Assert.Single(blocked.Matches).Id, blocked.Category));
        Assert.EndsWith(".", blocked.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_flags_does_not_block()
    {
        var allowed = Assert.IsType<OutputDecision.Allowed>(ShippedPolicies.ScreenOutput(("sexy", 0.9f)));
        Assert.Equal(RuleSeverity.Flag, Assert.Single(allowed.Matches).Severity);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-0.1f)]
    [InlineData(1.5f)]
    public void A_score_that_is_no_probability_is_no_decision(float score)
    {
        var scores = OutputPolicy.Labels.ToDictionary(label => label, _ => 0f);
        scores["porn"] = score;
        Assert.Throws<ArgumentException>(() => ShippedPolicies.Set.Outputs.Screen(scores));
    }

    [Fact]
    public void A_label_without_a_score_is_no_decision() =>
        Assert.Throws<ArgumentException>(() => ShippedPolicies.Set.Outputs.Screen(new Dictionary<string, float> { ["drawing"] = 1 }));

    [Fact]
    public void All_mistakes_are_reported_at_once_with_their_places()
    {
        var errors = ShippedPolicies.ErrorsWith(Rules, """
            rules:
              - id: Bad Id
                category: sexual
                severity: forbid
                sentence: no full stop
                source: Policy
                labels: [porn, violence, porn]
                at_least: 85
                extra: 1
              - id: second
                category: sexual
                severity: block
                sentence: It is blocked.
                source: Policy
                labels: []
            """);
        Assert.Equal(
        [
            (2, 9, "1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter"), (4, 15, "block or flag"),
            (5, 15, "a sentence of at most 300 characters that ends with a full stop"), (7, 20, "one of drawing, hentai, neutral, porn, sexy"),
            (7, 30, "each label once"), (8, 15, "a score between 0 and 1, such as 0.85"), (9, 5, "one of at_least, category, id, labels, sentence, severity, source"),
            (10, 5, "the key 'at_least'"), (15, 13, "a list with at least one item"),
        ], errors.Select(error => (error.Line, error.Column, error.Expected)));
        Assert.All(errors, error => Assert.Equal(Rules, error.File));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("-0.5")]
    [InlineData("NaN")]
    [InlineData("0,85")]
    public void A_limit_is_a_number_between_zero_and_one(string limit)
    {
        var rules = $"rules:\n  - {{id: a, category: a, severity: block, sentence: A., source: A, labels: [porn], at_least: '{limit}'}}\n";
        Assert.Equal("a score between 0 and 1, such as 0.85", Assert.Single(ShippedPolicies.ErrorsWith(Rules, rules)).Expected);
    }
}
