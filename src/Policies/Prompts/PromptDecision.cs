namespace Vitrine.Policies;

/// <summary>
/// What the prompt rules say about a text. <paramref name="Matches"/> names every rule that matched, in the order of the file;
/// <paramref name="NormalisedDigest"/> is <c>sha256:</c> and the digest of the normalised form, so that a ledger can show that
/// two prompts were the same to the rules without keeping either.
/// </summary>
public abstract record PromptDecision(IReadOnlyList<MatchedRule> Matches, string NormalisedDigest)
{
    /// <summary>The text may be rendered. Rules that only flag may have matched.</summary>
    public sealed record Allowed(IReadOnlyList<MatchedRule> Matches, string NormalisedDigest) : PromptDecision(Matches, NormalisedDigest);

    /// <summary>The text must not be rendered. Category and sentence are those of the first blocking rule in the file.</summary>
    public sealed record Blocked(IReadOnlyList<MatchedRule> Matches, string NormalisedDigest, string Category, string Sentence)
        : PromptDecision(Matches, NormalisedDigest);
}

/// <summary>A rule that matched: its sentence for the caller and the law or policy behind it.</summary>
public sealed record MatchedRule(string Id, string Category, RuleSeverity Severity, string Sentence, string Source);

public enum RuleSeverity
{
    /// <summary>Recorded and shown to reviewers; the text is rendered.</summary>
    Flag,

    /// <summary>The text is not rendered.</summary>
    Block,
}
