using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Vitrine.Inference;

/// <summary>
/// Reads the fields of one YAML mapping by name and notes every problem with its line instead of stopping at the first.
/// A field that is never asked for is a problem too: a misspelt name must not pass as a default.
/// </summary>
internal sealed class YamlFields
{
    private readonly string file;
    private readonly List<CatalogueProblem> problems;
    private readonly Dictionary<string, YamlNode> fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);

    public YamlFields(string file, YamlNode node, List<CatalogueProblem> problems)
    {
        (this.file, this.problems, Line) = (file, problems, (int)node.Start.Line);
        if (node is not YamlMappingNode mapping)
        {
            Problem(node, "expected a mapping (name: value).");
            return;
        }
        foreach (var (key, value) in mapping.Children)
            if (key is YamlScalarNode { Value: { } name })
                fields[name] = value;
            else
                Problem(key, "a field name is a plain word.");
    }

    public int Line { get; }

    public int LineOf(string name) => fields.TryGetValue(name, out var node) ? (int)node.Start.Line : Line;

    public bool Has(string name)
    {
        asked.Add(name);
        return fields.ContainsKey(name);
    }

    public string Text(string name, string? otherwise = null)
    {
        if (Find(name, otherwise is not null) is not { } node)
            return otherwise ?? "";
        if (node is YamlScalarNode { Value: { Length: > 0 } text })
            return text;
        Problem(node, $"'{name}' is a text that is not empty.");
        return otherwise ?? "";
    }

    public int Whole(string name, int min, int max)
    {
        var text = Text(name);
        if (text.Length == 0)
            return min;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
            return value;
        Problem(fields[name], $"'{name}' is a whole number from {min} to {max}, not '{text}'.");
        return min;
    }

    public decimal Number(string name, decimal min, decimal max, decimal? otherwise = null)
    {
        var text = Text(name, otherwise?.ToString(CultureInfo.InvariantCulture));
        if (text.Length == 0)
            return min;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
            return value;
        Problem(fields[name], FormattableString.Invariant($"'{name}' is a number from {min} to {max}, not '{text}'."));
        return min;
    }

    public T OneOf<T>(string name, params ReadOnlySpan<(string Word, T Meaning)> words) where T : struct
    {
        var text = Text(name);
        var known = new List<string>();
        foreach (var (word, meaning) in words)
        {
            if (word == text)
                return meaning;
            known.Add(word);
        }
        if (text.Length > 0)
            Problem(fields[name], $"'{name}' is one of {string.Join(", ", known)}, not '{text}'.");
        return default;
    }

    public IReadOnlyList<string> Texts(string name, bool optional)
    {
        if (Find(name, optional) is not { } node)
            return [];
        if (node is YamlSequenceNode sequence && sequence.Children.All(child => child is YamlScalarNode { Value.Length: > 0 }))
            return [.. sequence.Children.Select(child => ((YamlScalarNode)child).Value!)];
        Problem(node, $"'{name}' is a list of words.");
        return [];
    }

    public YamlFields Fields(string name) =>
        new(file, Find(name, optional: false) ?? new YamlMappingNode(), problems);

    public IReadOnlyList<YamlFields> Items(string name)
    {
        switch (Find(name, optional: false))
        {
            case YamlSequenceNode { Children.Count: > 0 } sequence:
                return [.. sequence.Children.Select(child => new YamlFields(file, child, problems))];
            case { } other:
                Problem(other, $"'{name}' is a list that is not empty.");
                return [];
            default:
                return [];
        }
    }

    /// <summary>Call last: every field that nobody asked for is a problem.</summary>
    public void NothingElse()
    {
        foreach (var (name, node) in fields)
            if (!asked.Contains(name))
                Problem(node, $"unknown field '{name}'; known here: {string.Join(", ", asked.Order(StringComparer.Ordinal))}.");
    }

    public void Problem(string field, string message) => problems.Add(new CatalogueProblem(file, LineOf(field), message));

    private void Problem(YamlNode node, string message) => problems.Add(new CatalogueProblem(file, (int)node.Start.Line, message));

    private YamlNode? Find(string name, bool optional)
    {
        asked.Add(name);
        if (fields.TryGetValue(name, out var node))
            return node;
        if (!optional)
            problems.Add(new CatalogueProblem(file, Line, $"'{name}' is missing."));
        return null;
    }
}
