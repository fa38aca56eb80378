namespace Vitrine.Policies;

/// <summary>
/// Finds all terms of all rules in one pass over a text, whatever their number: Aho and Corasick, "Efficient string matching", CACM 18(6), 1975.
/// </summary>
internal sealed class TermAutomaton
{
    private readonly Dictionary<(int State, char Next), int> edges = [];
    private readonly int[] first = new int[char.MaxValue + 1];
    private readonly List<int> fallback = [0];
    private readonly List<int> depth = [0];
    private readonly List<List<Target>?> targets = [null];
    private readonly List<int> nextWithTargets = [0];

    /// <summary>What a term belongs to, and whether its ends need a boundary.</summary>
    public readonly record struct Target(int Owner, bool OpenStart, bool OpenEnd);

    /// <summary>The length of the longest term in UTF-16 code units.</summary>
    public int Longest => depth.Max();

    public readonly record struct Hit(int Owner, int Start, int End);

    public TermAutomaton(IEnumerable<(Term Term, int Owner)> terms)
    {
        foreach (var (term, owner) in terms)
            (targets[Insert(term.Words)] ??= []).Add(new Target(owner, term.OpenStart, term.OpenEnd));
        Connect();
    }

    /// <summary>Adds every hit to the list, in the order of their ends.</summary>
    public void Find(string text, List<Hit> hits)
    {
        var state = 0;
        for (var i = 0; i < text.Length; i++)
        {
            state = Step(state, text[i]);
            for (var found = targets[state] is null ? nextWithTargets[state] : state; found != 0; found = nextWithTargets[found])
            {
                var (start, end) = (i + 1 - depth[found], i + 1);
                foreach (var target in targets[found]!)
                    if ((target.OpenStart || text[start - 1] == ' ') && (target.OpenEnd || text[end] == ' '))
                        hits.Add(new Hit(target.Owner, start, end));
            }
        }
    }

    private int Insert(string words)
    {
        var state = 0;
        foreach (var c in words)
        {
            var next = Edge(state, c);
            if (next == 0)
            {
                next = targets.Count;
                targets.Add(null);
                fallback.Add(0);
                nextWithTargets.Add(0);
                depth.Add(depth[state] + 1);
                if (state == 0)
                    first[c] = next;
                else
                    edges[(state, c)] = next;
            }
            state = next;
        }
        return state;
    }

    // Breadth first, so that a state's fallback, which is shorter, is complete before the state is.
    private void Connect()
    {
        foreach (var ((parent, c), state) in edges.OrderBy(edge => depth[edge.Value]))
        {
            fallback[state] = Step(fallback[parent], c);
            nextWithTargets[state] = targets[fallback[state]] is null ? nextWithTargets[fallback[state]] : fallback[state];
        }
    }

    private int Step(int state, char c)
    {
        while (true)
        {
            var next = Edge(state, c);
            if (next != 0 || state == 0)
                return next;
            state = fallback[state];
        }
    }

    private int Edge(int state, char c) => state == 0 ? first[c] : edges.GetValueOrDefault((state, c));
}
