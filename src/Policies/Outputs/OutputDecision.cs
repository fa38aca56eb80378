namespace Vitrine.Policies;

/// <summary>What the output rules say about a picture. <paramref name="Matches"/> names every rule that matched, in the order of the file.</summary>
public abstract record OutputDecision(IReadOnlyList<MatchedRule> Matches)
{
    /// <summary>The picture may be released. Rules that only flag may have matched.</summary>
    public sealed record Allowed(IReadOnlyList<MatchedRule> Matches) : OutputDecision(Matches);

    /// <summary>The picture must not be released. Category and sentence are those of the first blocking rule in the file.</summary>
    public sealed record Blocked(IReadOnlyList<MatchedRule> Matches, string Category, string Sentence) : OutputDecision(Matches);
}
