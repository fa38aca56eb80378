namespace Vitrine.Policies;

/// <summary>
/// A piece of a policy file and where it stands. All scalars are text: <c>no</c> is the language Norwegian, and <c>2026-08-02</c> becomes a date
/// only where a rule asks for one.
/// </summary>
internal abstract record PolicyNode(string File, int Line, int Column)
{
    public abstract string Kind { get; }
}

internal sealed record TextNode(string File, int Line, int Column, string Value) : PolicyNode(File, Line, Column)
{
    public override string Kind => $"'{Value}'";
}

internal sealed record ListNode(string File, int Line, int Column, IReadOnlyList<PolicyNode> Items) : PolicyNode(File, Line, Column)
{
    public override string Kind => "a list";
}

internal sealed record TableNode(string File, int Line, int Column, IReadOnlyList<KeyValuePair<TextNode, PolicyNode>> Entries)
    : PolicyNode(File, Line, Column)
{
    public override string Kind => "a table";
}
