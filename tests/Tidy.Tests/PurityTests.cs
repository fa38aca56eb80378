using System.Text.RegularExpressions;

namespace Vitrine.Tidy.Tests;

/// <summary>Rules, folds and projections are functions from values to values, so that history means the same tomorrow.</summary>
public sealed partial class PurityTests
{
    private static readonly string[] Folds = ["src/Grains/Jobs/Job.cs", "src/Grains/Quotas/Member.cs", "src/Grains/Quotas/AccountBalance.cs", "src/Grains/Tenants/ApiKey.cs", "src/Grains/Replays/Replay.cs"];

    private static IEnumerable<string> PureFiles =>
        Repository.Under("src/Grains", "Decisions.cs", "Projection.cs", "Events.cs").Concat(Folds).Concat(Repository.Code("src/Policies"));

    [Fact]
    public void Decisions_folds_and_projections_use_no_clock_no_chance_and_no_world() => new Findings()
        .Search(PureFiles, World(), "decide from values only: take the time, the seed or what was read as a parameter, and act in the grain.")
        .AreNone();

    [Fact]
    public void Every_fold_that_is_watched_here_still_exists()
    {
        var findings = new Findings();
        foreach (var gone in Folds.Except(Repository.Files)) findings.Add("tests/Tidy.Tests/PurityTests.cs", 0, $"{gone} is gone; name the file that folds these events now.");
        findings.AreNone();
    }

    [GeneratedRegex(@"\b(TimeProvider|Stopwatch|DateTime(Offset)?\.(UtcNow|Now|Today)|Environment\.\w+|Random(NumberGenerator)?\b|Guid\.(NewGuid|CreateVersion7)|async |await |HttpClient|File\.|Directory\.|IDocumentS\w+|IQuerySession|NpgsqlDataSource|IGrainFactory|Grain\b|using (Orleans|Npgsql|System\.IO|System\.Net\.\w+)\b)")]
    private static partial Regex World();
}
