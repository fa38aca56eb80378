using System.Text.RegularExpressions;

namespace Vitrine.Policies;

/// <summary>The form of ids and categories, which end up in events, logs and URLs.</summary>
internal static partial class PolicyNames
{
    public const string Form = "1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter";

    public static bool IsName(string text) => Name().IsMatch(text);

    public static void Check(TextNode? id, HashSet<string> seen, PolicyErrors errors)
    {
        if (id is null)
            return;
        if (!IsName(id.Value))
            errors.Add(id, Form, id.Kind);
        else if (!seen.Add(id.Value))
            errors.Add(id, "an id that no other rule has", id.Kind);
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
