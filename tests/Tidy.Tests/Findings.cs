using System.Text.RegularExpressions;

namespace Vitrine.Tidy.Tests;

/// <summary>What is untidy, each with its place and what to do.</summary>
internal sealed class Findings
{
    private readonly List<string> _found = [];

    /// <param name="line">From 1; 0 for the file as a whole.</param>
    public void Add(string file, int line, string whatToDo) => _found.Add(line == 0 ? $"{file}: {whatToDo}" : $"{file}:{line}: {whatToDo}");

    /// <summary>Adds every line of the files that <paramref name="pattern"/> matches.</summary>
    public Findings Search(IEnumerable<string> files, Regex pattern, string whatToDo)
    {
        foreach (var file in files)
        {
            var lines = Repository.Lines(file);
            for (var i = 0; i < lines.Length; i++)
                if (pattern.Match(lines[i]) is { Success: true } match) Add(file, i + 1, $"'{match.Value.Trim()}': {whatToDo}");
        }
        return this;
    }

    public void AreNone() => Assert.True(_found.Count == 0, "\n" + string.Join('\n', _found));
}
