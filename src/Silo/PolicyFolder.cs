using Vitrine.Media;
using Vitrine.Policies;

namespace Vitrine.Silo;

/// <summary>The policy files on disk.</summary>
public sealed class PolicyFolder(string folder)
{
    public string Path { get; } = System.IO.Path.GetFullPath(folder);

    /// <summary>The files as they are now, by name.</summary>
    public IReadOnlyList<PolicyFile> Files() =>
        [.. Directory.EnumerateFiles(Path, "*.yaml").Order(StringComparer.Ordinal).Select(file => new PolicyFile(System.IO.Path.GetFileName(file), File.ReadAllText(file)))];

    public static PolicySetResult Parse(IReadOnlyList<PolicyFile> files) => PolicySet.Parse(files, LabelGlyphs.CanDraw);

    /// <exception cref="InvalidOperationException">Names every error of every file: a silo does not start without policies.</exception>
    public PolicySet ReadOrThrow() => Parse(Files()) switch
    {
        PolicySetResult.Accepted accepted => accepted.Policies,
        PolicySetResult.Rejected rejected => throw new InvalidOperationException("The policies are not valid:\n" + string.Join('\n', rejected.Errors)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
