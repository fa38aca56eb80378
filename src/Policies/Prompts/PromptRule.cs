using System.Text.RegularExpressions;

namespace Vitrine.Policies;

/// <summary>A rule that has been checked and can run.</summary>
/// <param name="Together">One term of each of these lists makes a match.</param>
/// <param name="IgnoresNegativePrompt">True when asking to avoid the thing is no match.</param>
internal sealed record PromptRule(
    MatchedRule Stated,
    bool IgnoresNegativePrompt,
    IReadOnlyList<Term> Terms,
    IReadOnlyList<IReadOnlyList<Term>> Together,
    IReadOnlyList<Regex> Patterns,
    IReadOnlyList<Term> Exceptions);
