namespace Vitrine.Policies;

/// <summary>Gathers what is wrong, so that an author sees all of it at once.</summary>
internal sealed class PolicyErrors
{
    /// <summary>Nobody reads more, and a hostile file must not make a report larger than itself.</summary>
    public const int MostReported = 200;

    private const int LongestEcho = 64;
    private readonly List<PolicyError> errors = [];

    public bool Any => errors.Count > 0;

    public int Count => errors.Count;

    public void Add(string file, int line, int column, string expected, string found)
    {
        if (errors.Count < MostReported)
            errors.Add(new PolicyError(file, line, column, expected, Printable(found)));
    }

    public void Add(PolicyNode at, string expected, string found) => Add(at.File, at.Line, at.Column, expected, found);

    public IReadOnlyList<PolicyError> InOrder() =>
        [.. errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line).ThenBy(e => e.Column)];

    // The text comes from outside and ends in logs and terminals.
    private static string Printable(string text)
    {
        var clean = string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
        return clean.Length <= LongestEcho ? clean : clean[..LongestEcho] + "…";
    }
}
