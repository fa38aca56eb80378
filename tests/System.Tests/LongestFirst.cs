using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Vitrine.System.Tests.LongestFirst", "Vitrine.System.Tests")]

namespace Vitrine.System.Tests;

/// <summary>Two collections run at once. The long ones begin first, so that none of them is left to run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [nameof(RandomKillTests), nameof(ResumeTests), nameof(CrashTests)];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections.OrderBy(RankOf);

    private static int RankOf(ITestCollection collection) =>
        Array.FindIndex(Long, name => collection.DisplayName.Contains(name, StringComparison.Ordinal)) is var rank and >= 0 ? rank : Long.Length;
}
