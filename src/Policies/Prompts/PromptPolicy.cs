using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Policies;

/// <summary>
/// The prompt rules, ready to run. Immutable and safe for many callers at once; a decision is a function of the text alone and its
/// time is linear in the text.
/// </summary>
public sealed class PromptPolicy
{
    private readonly IReadOnlyList<PromptRule> rules;
    private readonly TermAutomaton automaton;
    private readonly int longestTerm;
    private readonly List<Owner> owners = [];

    internal PromptPolicy(IReadOnlyList<PromptRule> rules)
    {
        this.rules = rules;
        var terms = new List<(Term, int)>();
        for (var rule = 0; rule < rules.Count; rule++)
        {
            Add(rules[rule].Terms, new Owner(rule, Group: 0));
            for (var group = 0; group < rules[rule].Together.Count; group++)
                Add(rules[rule].Together[group], new Owner(rule, group + 1));
            Add([.. rules[rule].Exceptions, .. rules[rule].Exceptions.Select(exception => exception.WithoutRepeats)], new Owner(rule, Owner.Exception));
        }
        automaton = new TermAutomaton(terms);
        longestTerm = automaton.Longest;

        void Add(IReadOnlyList<Term> added, Owner owner)
        {
            terms.AddRange(added.Select(term => (term, owners.Count)));
            owners.Add(owner);
        }
    }

    /// <summary>The ids of all rules in the order of the file.</summary>
    public IReadOnlyList<string> RuleIds => [.. rules.Select(rule => rule.Stated.Id)];

    /// <summary>
    /// Judges a text: all parts together, where they meet, and what is hidden inside them, in every reading that
    /// <see cref="TextView"/> knows.
    /// </summary>
    public PromptDecision Screen(PromptText text)
    {
        var found = rules.Select(rule => new bool[rule.Together.Count + 1]).ToArray();
        var (whole, negativeStart) = Joined(text);
        foreach (var (folded, negative) in Segments(text, whole, negativeStart))
            foreach (var view in TextView.Of(folded, negative))
                Mark(view, found);

        var matches = rules.Where((_, i) => found[i][0] || found[i].Length > 1 && found[i].AsSpan(1).IndexOf(false) < 0)
            .Select(rule => rule.Stated).ToList();
        var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Normalised(whole))));
        return matches.Find(match => match.Severity == RuleSeverity.Block) is { } blocking
            ? new PromptDecision.Blocked(matches, digest, blocking.Category, blocking.Sentence)
            : new PromptDecision.Allowed(matches, digest);
    }

    /// <summary>The normalised form that the decision's digest is taken over: all parts folded to plain lower-case words.</summary>
    public static string Normalise(PromptText text) => Normalised(Joined(text).Whole);

    private static string Normalised(string whole) => TextView.Of(LookalikeLetters.Fold(whole), int.MaxValue).First().Text;

    // The negative prompt stands last, so that one number tells where it begins.
    private static (string Whole, int NegativeStart) Joined(PromptText text)
    {
        var positive = string.Join(' ', text.Others.Prepend(text.Prompt).Select(TextFolding.Fold));
        return (positive + " " + TextFolding.Fold(text.NegativePrompt), positive.Length + 1);
    }

    private static IEnumerable<(string Folded, int NegativeStart)> Segments(PromptText text, string whole, int negativeStart)
    {
        yield return (whole, negativeStart);
        var parts = text.Others.Prepend(text.Prompt).Append(text.NegativePrompt).ToList();
        if (parts.Count(part => part.Length > 0) > 1)
        {
            // A word may be cut in two by the border between the parts.
            for (var i = 0; i + 1 < parts.Count; i++)
                yield return (TextFolding.Fold(LastWord(parts[i]) + FirstWord(parts[i + 1])), int.MaxValue);
            // The whole holds every part. Only letters spelled out on both sides of a border run together in it.
            for (var i = 0; i < parts.Count; i++)
                if (i > 0 && IsLetter(FirstWord(parts[i])) || i + 1 < parts.Count && IsLetter(LastWord(parts[i])))
                    yield return (TextFolding.Fold(parts[i]), i == parts.Count - 1 ? 0 : int.MaxValue);
        }
        for (var i = 0; i < parts.Count; i++)
            foreach (var hidden in HiddenTexts.In(parts[i]))
                yield return (TextFolding.Fold(hidden), i == parts.Count - 1 ? 0 : int.MaxValue);
    }

    private void Mark(TextView view, bool[][] found)
    {
        var hits = new List<TermAutomaton.Hit>();
        automaton.Find(view.Text, hits);
        for (var i = 0; i < hits.Count; i++)
        {
            var owner = owners[hits[i].Owner];
            if (owner.Group != Owner.Exception && !found[owner.Rule][owner.Group] && !IsAskedToBeAvoided(owner.Rule, hits[i].Start, view))
                found[owner.Rule][owner.Group] = !IsExcused(hits, i, new Owner(owner.Rule, Owner.Exception));
        }
        for (var rule = 0; rule < rules.Count; rule++)
            foreach (var pattern in rules[rule].Patterns)
                if (!found[rule][0])
                    foreach (var match in pattern.EnumerateMatches(view.Text))
                        if (!IsAskedToBeAvoided(rule, match.Index, view))
                            found[rule][0] = true;
    }

    // Hits come in the order of their ends, so what may cover this one ends with it or soon after.
    private bool IsExcused(List<TermAutomaton.Hit> hits, int at, Owner exception)
    {
        var (start, end) = (hits[at].Start, hits[at].End);
        while (at > 0 && hits[at - 1].End == end)
            at--;
        for (; at < hits.Count && hits[at].End <= start + longestTerm; at++)
            if (hits[at].Start <= start && owners[hits[at].Owner] == exception)
                return true;
        return false;
    }

    private bool IsAskedToBeAvoided(int rule, int start, TextView view) =>
        rules[rule].IgnoresNegativePrompt && start >= view.NegativeStart;

    private static bool IsLetter(string word) => word.Length is > 0 and <= 2;

    private static string LastWord(string text) => text.TrimEnd() is var trimmed ? trimmed[(trimmed.LastIndexOf(' ') + 1)..] : "";

    private static string FirstWord(string text) => text.TrimStart().Split(' ', 2)[0];

    /// <summary>Whose a term is: group 0 holds the terms that match alone, the following the groups that match together.</summary>
    private readonly record struct Owner(int Rule, int Group)
    {
        public const int Exception = -1;
    }
}
