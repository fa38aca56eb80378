using System.Globalization;

namespace Vitrine.Policies;

/// <summary>
/// Takes the entries of a table one by one and says what is missing, of the wrong kind or not known. A taken value that is wrong
/// comes back as null or empty after its error was noted, so that reading goes on to the next.
/// </summary>
internal sealed class TableReader
{
    private readonly TableNode? table;
    private readonly PolicyNode node;
    private readonly PolicyErrors errors;
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public TableReader(PolicyNode node, PolicyErrors errors)
    {
        this.node = node;
        this.errors = errors;
        table = node as TableNode;
        if (table is null)
            errors.Add(node, "a table", node.Kind);
    }

    public PolicyNode Node => node;

    public PolicyNode? Optional(string key)
    {
        known.Add(key);
        foreach (var entry in table?.Entries ?? [])
            if (entry.Key.Value == key)
                return entry.Value;
        return null;
    }

    public PolicyNode? Required(string key)
    {
        var value = Optional(key);
        if (value is null && table is not null)
            errors.Add(node, $"the key '{key}'", "none");
        return value;
    }

    public TextNode? RequiredText(string key) => AsText(Required(key));

    public TextNode? OptionalText(string key) => AsText(Optional(key));

    public IReadOnlyList<PolicyNode> RequiredList(string key) => AsList(Required(key));

    public IReadOnlyList<PolicyNode> OptionalList(string key) => AsList(Optional(key));

    public IReadOnlyList<TextNode> RequiredTexts(string key) => Texts(RequiredList(key));

    public IReadOnlyList<TextNode> OptionalTexts(string key) => Texts(OptionalList(key));

    public IReadOnlyList<TextNode> Texts(IEnumerable<PolicyNode> nodes) => [.. nodes.Select(AsText).OfType<TextNode>()];

    public IReadOnlyList<PolicyNode> AsList(PolicyNode? value)
    {
        if (value is null)
            return [];
        if (value is ListNode { Items.Count: > 0 } list)
            return list.Items;
        errors.Add(value, "a list with at least one item", value is ListNode ? "an empty list" : value.Kind);
        return [];
    }

    public DateOnly? AsDate(TextNode? text)
    {
        if (text is null)
            return null;
        if (DateOnly.TryParseExact(text.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return date;
        errors.Add(text, "a date as 2026-08-02", text.Kind);
        return null;
    }

    /// <summary>Call after the last key was taken.</summary>
    public void RefuseOthers()
    {
        foreach (var entry in table?.Entries ?? [])
            if (!known.Contains(entry.Key.Value))
                errors.Add(entry.Key, $"one of {string.Join(", ", known.Order(StringComparer.Ordinal))}", $"the key '{entry.Key.Value}'");
    }

    private TextNode? AsText(PolicyNode? value)
    {
        if (value is null or TextNode { Value.Length: > 0 })
            return (TextNode?)value;
        errors.Add(value, "text", value is TextNode ? "nothing" : value.Kind);
        return null;
    }
}
