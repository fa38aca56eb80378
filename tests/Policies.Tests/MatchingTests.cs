namespace Vitrine.Policies.Tests;

public sealed class MatchingTests
{
    [Theory]
    [InlineData("terms: [badger]", "a badger", true)]
    [InlineData("terms: [badger]", "badgers", false)]
    [InlineData("terms: ['badg*']", "badgers", true)]
    [InlineData("terms: ['*adger']", "a badger", true)]
    [InlineData("terms: ['*adger']", "badgers", false)]
    [InlineData("terms: ['*adge*']", "badgers", true)]
    [InlineData("terms: [red badger]", "a red, badger", true)]
    [InlineData("terms: [red badger]", "a red big badger", false)]
    [InlineData("terms: [boot]", "boooooot", true)]
    [InlineData("terms: [Straße]", "STRASSE", true)]
    [InlineData("terms: [İstanbul]", "istanbul", true)]
    [InlineData("together: [[red], [badger, fox]]", "a fox that is not at all red", true)]
    [InlineData("together: [[red], [badger, fox]]", "a fox", false)]
    [InlineData("patterns: ['b[aeiou]dger']", "a Bodger", true)]
    [InlineData("patterns: ['b[aeiou]dger']", "a b.o.d.g.e.r", true)]
    [InlineData("terms: [badger]\nexcept: [honey badger]", "a honey badger", false)]
    [InlineData("terms: [badger]\nexcept: [honey badger]", "a honey badger and a badger", true)]
    [InlineData("terms: [badger]\nnegative_prompt: screened", "a", false)]
    public void Terms_match_where_they_say(string rule, string prompt, bool blocked)
    {
        Assert.Equal(blocked, ShippedPolicies.WithRule(rule).Screen(new PromptText(prompt)) is PromptDecision.Blocked);
    }

    [Fact]
    public void The_automaton_finds_what_a_plain_search_finds()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var terms = Enumerable.Range(0, 12).Select(_ => new Term(Word(), random.Next(2) == 0, random.Next(2) == 0)).ToList();
            var automaton = new TermAutomaton(terms.Select((term, owner) => (term, owner)));
            var text = " " + string.Join(' ', Enumerable.Range(0, 30).Select(_ => Word())) + " ";
            var hits = new List<TermAutomaton.Hit>();
            automaton.Find(text, hits);
            var expected = terms.SelectMany((term, owner) => Enumerable.Range(1, text.Length - 1)
                .Where(at => text.AsSpan(at).StartsWith(term.Words)
                    && (term.OpenStart || text[at - 1] == ' ') && (term.OpenEnd || text[at + term.Words.Length] == ' '))
                .Select(at => new TermAutomaton.Hit(owner, at, at + term.Words.Length)));
            Assert.True(expected.ToHashSet().SetEquals(hits) && hits.Count == hits.Distinct().Count(), $"seed {seed}, round {round}");
        }

        string Word() => new([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => "abá"[random.Next(3)])]);
    }
}
