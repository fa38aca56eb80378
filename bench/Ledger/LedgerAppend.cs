using System.Globalization;
using Marten;
using Microsoft.Extensions.Logging.Abstractions;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Tenants;
using Vitrine.Silo;

namespace Vitrine.Bench;

/// <summary>
/// R7: sixteen producers, each appending one event at a time to a stream of its own making, on one durable database: our journal; one plain
/// transaction an event; plain transactions shared as ours are; one Marten session an event. Ours and Marten's run the same projections.
/// </summary>
internal static class LedgerAppend
{
    private const int Producers = 16;

    /// <summary>Appends that each producer has under way in the second part, as the grains of a busy silo have; the peers get every connection of the pool (48) for them.</summary>
    private const int UnderWay = 16;
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Names = ["journal", "(a) Npgsql alone", "(b) Npgsql shared", "(c) Marten session"];

    /// <summary>The event as our store writes it.</summary>
    public const string EventJson = """{"At": "2026-01-01T00:00:00+00:00"}""";

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: true, ct);
        await using var database = SiloParts.DatabaseOf(await platform.Local.Postgres!.CreateDatabase("ledger", ct));
        await StorePreparation.Prepare(database, NullLogger.Instance, ct);
        using var store = DocumentStore.For(options => VitrineStore.Configure(options, database));
        await using var journal = new EventJournal(store, database, NullLogger<EventJournal>.Instance);
        await using var plain = await RawLedger.Make(database, ct);

        var (tenant, number) = (new TenantId("bench"), 0);
        string Fresh() => string.Create(CultureInfo.InvariantCulture, $"key/{Interlocked.Increment(ref number)}");
        Task Ours(int _) => journal.Append(Commit.Of(tenant, StreamAppend.Start(Fresh(), new KeyRevoked(At))), ct);
        Task Alone(int _) => plain.AppendAlone(Fresh(), EventJson, ct);
        Task Shared(int _) => plain.Append(Fresh(), ct);
        async Task Session(int _)
        {
            await using var session = store.LightweightSession(tenant.Value);
            session.Events.StartStream(Fresh(), new KeyRevoked(At));
            await session.SaveChangesAsync(ct);
        }

        Func<int, Task>[] sides = [Ours, Alone, Shared, Session];
        await Compare(run, finding, platform, sides, Producers, "", ct);
        await Compare(run, finding, platform, sides, Producers * UnderWay, string.Create(CultureInfo.InvariantCulture, $", {UnderWay} under way each"), ct);
    }

    private static async Task Compare(BenchRun run, Finding finding, BenchPlatform platform, Func<int, Task>[] sides, int callers, string load, CancellationToken ct)
    {
        var postgres = platform.Local.Postgres!.ProcessId!.Value;
        var used = new (TimeSpan Mine, TimeSpan Servers)[sides.Length];
        var (slices, cost) = (sides.Select(_ => new List<Slice>()).ToArray(), sides.Select(_ => new List<double>()).ToArray());
        foreach (var side in sides)
            await ClosedLoop.For(TimeSpan.FromSeconds(1), callers, side, ct); // Compiles what is hot.
        var (length, rounds) = (TimeSpan.FromMilliseconds(250), run.Choose(40, 10));
        for (var round = 0; round < rounds; round++)
            foreach (var side in round % 2 == 0 ? new[] { 0, 1, 2, 3 } : [3, 2, 1, 0])
            {
                var (mine, servers) = (Environment.CpuUsage.TotalTime, ProcessUse.OfTree(postgres));
                var slice = await ClosedLoop.For(length, callers, sides[side], ct);
                (mine, servers) = (Environment.CpuUsage.TotalTime - mine, ProcessUse.OfTree(postgres) - servers);
                slices[side].Add(slice);
                cost[side].Add((mine + servers).TotalMilliseconds / slice.Milliseconds.Count);
                used[side] = (used[side].Mine + mine, used[side].Servers + servers);
            }

        double[] Against(int side) => [.. slices[0].Zip(slices[side], (ours, theirs) => ours.PerSecond / theirs.PerSecond)];
        finding.Paired("events/s, journal : (a) Npgsql, one commit an event" + load, "×", Against(1), Goal.Least(4));
        finding.Paired("events/s, journal : (b) Npgsql, many rows a commit, the same batches" + load, "×", Against(2));
        finding.Paired("events/s, (b) : (a), what sharing commits is worth here" + load, "×", [.. slices[2].Zip(slices[1], (shared, alone) => shared.PerSecond / alone.PerSecond)]);
        finding.Paired("events/s, journal : (c) Marten, one session an event" + load, "×", Against(3), Goal.Least(4));
        // Waiting for a processor that neighbours use does not count here.
        double[] Cheaper(int side) => [.. cost[side].Zip(cost[0], (theirs, ours) => theirs / ours)];
        finding.Paired("processor time an event, (a) : journal" + load, "×", Cheaper(1));
        finding.Paired("processor time an event, (b) : journal" + load, "×", Cheaper(2));
        finding.Paired("processor time an event, (c) : journal" + load, "×", Cheaper(3));
        foreach (var (side, name) in Names.Index())
        {
            finding.Raw(name + load, Summary.Quantile(slices[side].Select(slice => slice.PerSecond), 0.5), "events/s");
            finding.RawTimes(name + load, [.. slices[side].SelectMany(slice => slice.Milliseconds)]);
            var events = slices[side].Sum(slice => slice.Milliseconds.Count);
            finding.Raw(name + load + ", processor time of the writer", used[side].Mine.TotalMilliseconds / events, "ms/event");
            finding.Raw(name + load + ", processor time of PostgreSQL", used[side].Servers.TotalMilliseconds / events, "ms/event");
        }
    }
}
