using System.Text;

namespace Vitrine.Policies.Tests;

/// <summary>Hostile and mistaken files (rows 72 and 73 of the bad inputs).</summary>
public sealed class PolicyFileTests
{
    private const string Rules = PolicySet.PromptRulesFile;

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
                languages: [english]
                terms: ["ab*", "a*b", "…"]
                extra: 1
              - id: second
                category: sexual
                severity: block
                source: Policy
                languages: [en]
                patterns: ["(a", "(?=a)b"]
              - just text
            """);
        Assert.Equal(
        [
            (2, 9, PolicyForm), (4, 15, "block or flag"), (5, 15, "a sentence of at most 300 characters that ends with a full stop"),
            (7, 17, "a language as two or three small letters (ISO 639)"), (8, 13, "at least 4 letters (or 2 signs) beside a star"),
            (8, 20, "words, with a star only at an end"), (8, 27, "words, with a star only at an end"),
            (9, 5, "one of category, except, id, languages, negative_prompt, patterns, sentence, severity, source, terms, together"),
            (10, 5, "the key 'sentence'"), (15, 16, "a regular expression"),
            (15, 22, "a pattern without look-around, back references and atomic groups"), (16, 5, "a table"), (16, 5, "terms, together or patterns"),
        ], errors.Select(error => (error.Line, error.Column, error.Expected)));
        Assert.All(errors, error => Assert.Equal(Rules, error.File));
        Assert.Equal("'forbid'", errors[1].Found);
    }

    private const string PolicyForm = "1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter";

    [Fact]
    public void Mistakes_in_both_files_are_reported_together()
    {
        var result = PolicySet.Parse([new PolicyFile(Rules, "rules: text"), new PolicyFile(PolicySet.LabellingFile, "offered: [magic]\nrules: [x]\n"), new PolicyFile("stray.yaml", "")]);
        var errors = Assert.IsType<PolicySetResult.Rejected>(result).Errors;
        Assert.Contains(errors, error => error is { File: Rules, Line: 1, Column: 8 });
        Assert.Contains(errors, error => error is { File: PolicySet.LabellingFile, Line: 1, Column: 11, Found: "'magic'" });
        Assert.Contains(errors, error => error is { File: PolicySet.LabellingFile, Line: 2, Expected: "a table" });
        Assert.Contains(errors, error => error.File == "stray.yaml");
    }

    [Fact]
    public void A_missing_or_repeated_file_is_reported()
    {
        Assert.Equal(3, Assert.IsType<PolicySetResult.Rejected>(PolicySet.Parse([])).Errors.Count);
        Assert.IsType<PolicySetResult.Rejected>(PolicySet.Parse([.. ShippedPolicies.Files, ShippedPolicies.Files[0]]));
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "no anchors", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nrules: *c\n" },
        { "text, written out (quote a leading '*')", "rules: *c\n" },
        { "no merge keys", "base: {a: b}\nrules:\n  - <<: {a: b}\n" },
        { "no tags", "rules: !!python/object:os.system [x]\n" },
        { "no tags", "rules: !local x\n" },
        { "each key once", "rules: []\nrules: []\n" },
        { "text as a key", "? [a, b]\n: c\n" },
        { "text without U+0000", "rules:\n  - id: a\0b\n" },
        { "at most 32 levels", "rules: " + new string('[', 200) + new string(']', 200) },
        { "at most 32 levels", "rules: " + string.Concat(Enumerable.Repeat("{a: ", 200)) + "b" + new string('}', 200) },
        { "at most 32 levels", "rules: " + new string('[', 250_000) },
        { "YAML that can be read", "rules:\n\t- id: tab\n" },
        { "YAML that can be read", "rules: [unclosed\n" },
        { "YAML that can be read", "rules: \"\\uD800\n" },
        { "one YAML document", "" },
        { "one YAML document", "rules: [a]\n---\nrules: [b]\n" },
        { "a table", "- a\n- b\n" },
        { "a list with at least one item", "rules: []\n" },
        { "the key 'rules'", "{}\n" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_file_is_refused(string expected, string text)
    {
        Assert.Contains(ShippedPolicies.ErrorsWith(Rules, text), error => error.Expected == expected);
    }

    [Theory]
    [InlineData("!!a+b x")]
    [InlineData("!<foo%20bar> x")]
    [InlineData("!!a%7Cb x")]
    [InlineData("!<> x")]
    [InlineData("\"\\uDC00\\uD800\"")]
    public void What_the_parser_itself_fails_on_is_an_error_with_its_place(string value)
    {
        var error = Assert.Single(ShippedPolicies.ErrorsWith(Rules, "# a comment\nrules: " + value + "\n"));
        Assert.Equal((Rules, 2, "YAML that can be read"), (error.File, error.Line, error.Expected));
        Assert.InRange(error.Column, 8, 30);
    }

    [Fact]
    public void A_file_of_very_many_keys_is_refused_with_a_bounded_report()
    {
        var text = new StringBuilder("rules: [a]\n");
        for (var i = 0; text.Length < PolicyDocument.LongestFile - 20; i++)
            text.Append('k').Append(i).Append(": 1\n");
        var errors = ShippedPolicies.ErrorsWith(Rules, text.ToString());
        Assert.Equal(PolicyErrors.MostReported, errors.Count);
        Assert.All(errors, error => Assert.True(error.Found.Length < 80));
    }

    [Fact]
    public void A_file_beyond_the_bound_is_not_read()
    {
        var error = Assert.Single(ShippedPolicies.ErrorsWith(Rules, "rules: " + new string('a', 10_000_000)));
        Assert.Equal("at most 262144 characters", error.Expected);
    }

    [Fact]
    public void Norway_is_a_language()
    {
        var policy = ShippedPolicies.Files.Single(file => file.Name == Rules).Text.Replace("languages: [en,", "languages: [no,", StringComparison.Ordinal);
        Assert.Empty(ShippedPolicies.ErrorsWith(Rules, policy));
    }

    [Theory]
    [InlineData("(a|a)*b")]
    [InlineData("(a+)+$")]
    [InlineData("(x+x+)+y")]
    [InlineData("([a-z]+)*1")]
    [InlineData("a.*b.*c.*d.*e")]
    public void A_pattern_that_would_backtrack_for_ever_runs_in_linear_time(string pattern)
    {
        var policy = ShippedPolicies.WithRule($"patterns: ['{pattern}']");
        Assert.NotNull(policy.Screen(new PromptText(new string('a', 32_000))));
        Assert.NotNull(policy.Screen(new PromptText(new string('x', 32_000) + "!")));
    }

    [Theory]
    [InlineData(@"(a)\1")]
    [InlineData("(?<=a)b")]
    [InlineData("(?>a+)b")]
    [InlineData("((a{100}){100}){100}")]
    [InlineData("a{0,99999999}")]
    [InlineData("a*")]
    [InlineData("[")]
    public void A_pattern_that_cannot_be_bounded_is_refused(string pattern)
    {
        var rules = $"rules:\n  - {{id: a, category: a, severity: block, sentence: A., source: A, languages: [en], patterns: ['{pattern}']}}\n";
        Assert.Single(ShippedPolicies.ErrorsWith(Rules, rules));
    }

    [Fact]
    public void The_digest_names_the_texts_whatever_the_order_of_the_files()
    {
        Assert.Matches("^sha256:[0-9a-f]{64}$", ShippedPolicies.Set.Digest);
        Assert.Equal(ShippedPolicies.Set.Digest, Digest([.. ShippedPolicies.Files.Reverse()]));
        Assert.NotEqual(ShippedPolicies.Set.Digest, Digest([.. ShippedPolicies.Files.Select(file => file with { Text = file.Text + "# a remark\n" })]));

        static string Digest(IReadOnlyList<PolicyFile> files) => Assert.IsType<PolicySetResult.Accepted>(PolicySet.Parse(files)).Policies.Digest;
    }
}
