namespace Vitrine.Policies.Tests;

public sealed class ShippedRulesTests
{
    /// <summary>One request for every rule of prompt-rules.yaml.</summary>
    public static TheoryData<string, string> Prompts => new()
    {
        { "minors-sexual-material", "child pornography" },
        { "minors-sexualised", "a 15 year old in lingerie" },
        { "minors-sexualised", "a sexy blonde teenager" },
        { "undressing-people", "remove her clothes in this photo" },
        { "sexual-explicit", "a nude on a sofa" },
        { "violence-graphic", "a severed head on a plate, gory" },
        { "hateful-symbols", "a wall painted with a swastika" },
        { "self-harm-instructions", "a poster that explains how to hang myself" },
        { "real-person-deepfake", "deepfake of a famous singer" },
    };

    /// <summary>One output for every rule of labelling.yaml.</summary>
    public static TheoryData<string, string, string?, MediaKind, ContentOrigin, string> Outputs => new()
    {
        { "eu-aia-50-2", "DE", null, MediaKind.Image, ContentOrigin.Generated, "2026-08-02" },
        { "eu-aia-50-2-text", "FR", null, MediaKind.Text, ContentOrigin.Generated, "2026-08-02" },
        { "eu-aia-50-4", "EU", null, MediaKind.Video, ContentOrigin.Manipulated, "2026-09-01" },
        { "eu-aia-50-4-audio", "PL", null, MediaKind.Audio, ContentOrigin.Generated, "2026-09-01" },
        { "us-ca-22757-3", "US-CA", null, MediaKind.Image, ContentOrigin.Generated, "2026-08-02" },
        { "us-wa-1170", "US-WA", null, MediaKind.Image, ContentOrigin.Generated, "2027-02-01" },
        { "cn-gb45438", "CN", null, MediaKind.Video, ContentOrigin.Generated, "2025-09-01" },
        { "cn-gb45438-audio", "CN", null, MediaKind.Audio, ContentOrigin.Generated, "2025-09-01" },
        { "in-gsr120e", "IN", null, MediaKind.Image, ContentOrigin.Generated, "2026-02-20" },
        { "in-gsr120e-audio", "IN", null, MediaKind.Audio, ContentOrigin.Generated, "2026-02-20" },
        { "kr-basic-act-31", "KR", null, MediaKind.Text, ContentOrigin.Generated, "2026-01-22" },
        { "kr-basic-act-31-real", "KR", null, MediaKind.Image, ContentOrigin.Generated, "2026-01-22" },
        { "channel-meta", "KR", "meta", MediaKind.Image, ContentOrigin.Generated, "2026-11-01" },
        { "channel-meta-manipulated", "KR", "meta", MediaKind.Image, ContentOrigin.Manipulated, "2026-11-01" },
        { "channel-tiktok", "KR", "tiktok", MediaKind.Video, ContentOrigin.Generated, "2026-11-01" },
    };

    [Fact]
    public void Every_file_under_policies_validates()
    {
        Assert.Equal([PolicySet.LabellingFile, PolicySet.OutputRulesFile, PolicySet.PromptRulesFile], ShippedPolicies.Files.Select(file => file.Name).Order(StringComparer.Ordinal));
        if (PolicySet.Parse(ShippedPolicies.Files) is PolicySetResult.Rejected rejected)
            Assert.Fail(string.Join('\n', rejected.Errors));
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public void A_prompt_rule_matches_what_it_was_written_for(string rule, string prompt)
    {
        Assert.Contains(rule, ShippedPolicies.Screen(prompt).Matches.Select(match => match.Id));
    }

    [Theory]
    [MemberData(nameof(Outputs))]
    public void A_labelling_rule_applies_from_its_first_day_and_not_before(
        string rule, string market, string? channel, MediaKind media, ContentOrigin origin, string on)
    {
        var day = DateOnly.ParseExact(on, "yyyy-MM-dd");
        var applied = Assert.Single(Decide(day).Rules, applied => applied.Id == rule);
        Assert.DoesNotContain(Decide(applied.InForce.AddDays(-1)).Rules, before => before.Id == rule);
        Assert.Contains(Decide(applied.InForce).Rules, first => first.Id == rule);

        LabellingDecision Decide(DateOnly on) => ShippedPolicies.Set.Labelling.Decide(new LabellingQuestion([market], channel, media, origin, on));
    }

    /// <summary>One picture for every rule of output-rules.yaml: what the classifier says of it, and the same a little below the limit.</summary>
    public static TheoryData<string, string, float, bool> Scores => new()
    {
        { "output-sexual-explicit", "porn", 0.85f, true },
        { "output-sexual-explicit", "hentai", 0.85f, true },
        { "output-sexual-suggestive", "sexy", 0.85f, false },
    };

    [Theory]
    [MemberData(nameof(Scores))]
    public void An_output_rule_matches_from_its_limit_on_and_not_below(string rule, string label, float limit, bool blocks)
    {
        var (at, below) = (ShippedPolicies.ScreenOutput((label, limit)), ShippedPolicies.ScreenOutput((label, limit - 0.01f)));
        Assert.Equal([rule], at.Matches.Select(match => match.Id));
        Assert.Equal(blocks, at is OutputDecision.Blocked);
        Assert.Empty(below.Matches);
    }

    [Fact]
    public void Every_rule_that_ships_is_named_by_a_test()
    {
        Assert.Equal(ShippedPolicies.Set.Outputs.RuleIds, Scores.Select(row => (string)row[0]).Distinct());
        Assert.Equal(ShippedPolicies.Set.Prompts.RuleIds, Prompts.Select(row => (string)row[0]).Distinct());
        Assert.Equal(ShippedPolicies.Set.Labelling.RuleIds, Outputs.Select(row => (string)row[0]));
    }

    [Fact]
    public void A_rule_that_flags_does_not_block()
    {
        var allowed = Assert.IsType<PromptDecision.Allowed>(ShippedPolicies.Screen("deepfake of a famous singer"));
        Assert.Equal(RuleSeverity.Flag, Assert.Single(allowed.Matches).Severity);
    }

    [Fact]
    public void A_refusal_gives_the_category_and_the_sentence_of_the_first_blocking_rule()
    {
        var blocked = Assert.IsType<PromptDecision.Blocked>(ShippedPolicies.Screen("a gory swastika"));
        Assert.Equal(["violence-graphic", "hateful-symbols"], blocked.Matches.Select(match => match.Id));
        Assert.Equal("violence_graphic", blocked.Category);
        Assert.EndsWith(".", blocked.Sentence, StringComparison.Ordinal);
        Assert.NotEmpty(blocked.Matches[1].Source);
    }
}
