using Vitrine.Media;
using Vitrine.Policies;

namespace Vitrine.Silo;

/// <summary>The policy files on disk.</summary>
public sealed class PolicyFolder(string folder)
{
    public string Path { get; } = System.IO.Path.GetFullPath(folder);

    public PolicySetResult Read() => PolicySet.Parse(
        [.. Directory.EnumerateFiles(Path, "*.yaml").Order(StringComparer.Ordinal).Select(file => new PolicyFile(System.IO.Path.GetFileName(file), File.ReadAllText(file)))], LabelGlyphs.CanDraw);

    /// <exception cref="InvalidOperationException">Names every error of every file: a silo does not start without policies.</exception>
    public PolicySet ReadOrThrow() => Read() switch
    {
        PolicySetResult.Accepted accepted => accepted.Policies,
        PolicySetResult.Rejected rejected => throw new InvalidOperationException("The policies are not valid:\n" + string.Join('\n', rejected.Errors)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
