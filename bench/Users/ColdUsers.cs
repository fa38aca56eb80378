using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;

namespace Vitrine.Bench;

/// <summary>
/// R10: a million registered users in two hundred tenants. What the silo's memory grows by while nobody asks; then ten thousand of them at random are
/// each asked for their account, which activates the user. Beside each group of cold users the same statements run bare, for other users, and the same users are asked again.
/// </summary>
internal static class ColdUsers
{
    private const int Groups = 100;
    private const int Warm = 500;
    private const int Sample = 20;
    private const int Seed = 1;

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: false, ct);
        var touches = run.Choose(10_000, 2_000) / Groups;
        using var client = await platform.ClusterClient(ct);
        var grains = client.Services.GetRequiredService<IGrainFactory>();
        await using var database = new NpgsqlDataSourceBuilder(platform.Local.Database).Build();
        var load = new UserLoad(database, tenants: 200, usersPerTenant: run.Choose(5_000, 500));
        var silo = platform.Local.Silo!.Id;

        var (before, clock) = (ProcessUse.Memory(silo), Stopwatch.StartNew());
        await load.Run(grains, ct);
        var loaded = clock.Elapsed;
        var idle = ProcessUse.Memory(silo);

        var order = Enumerable.Range(0, load.Users).ToArray();
        new Random(Seed).Shuffle(order);
        var next = new Queue<int>(order);
        await load.Verify(grains, Take(next, Sample), ct);
        var reader = new AccountReader(database);
        foreach (var number in Take(next, Warm))
            await Account(grains, load.User(number), ct);
        foreach (var number in Take(next, Warm))
            await Bare(database, reader, load.User(number), ct);

        var (cold, warm, bare, toBare, toWarm) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var warmed = ProcessUse.Memory(silo);
        for (var group = 0; group < Groups; group++)
        {
            var (asked, others) = (Take(next, touches), Take(next, Math.Max(5, touches / 5)));
            List<double> Bares() => [];
            var (coldTimes, bareTimes) = (new List<double>(), Bares());
            async Task Cold() { foreach (var number in asked) coldTimes.Add(await Timed(() => Account(grains, load.User(number), ct))); }
            async Task Statements() { foreach (var number in others) bareTimes.Add(await Timed(() => Bare(database, reader, load.User(number), ct))); }
            if (group % 2 == 0) { await Cold(); await Statements(); }
            else { await Statements(); await Cold(); }
            var warmTimes = new List<double>();
            foreach (var number in asked)
                warmTimes.Add(await Timed(() => Account(grains, load.User(number), ct)));
            toBare.Add(Summary.Quantile(coldTimes, 0.5) / Summary.Quantile(bareTimes, 0.5));
            toWarm.Add(Summary.Quantile(coldTimes, 0.5) / Summary.Quantile(warmTimes, 0.5));
            cold.AddRange(coldTimes);
            warm.AddRange(warmTimes);
            bare.AddRange(bareTimes);
        }
        var after = ProcessUse.Memory(silo);

        finding.Paired("p50 of a cold user : its statements bare", "×", toBare);
        finding.Paired("p50 of a cold user : the same user warm", "×", toWarm);
        finding.Paired("p99 of cold users, in ten parts", "ms", [.. cold.Chunk(Math.Max(1, cold.Count / 10)).Select(part => Summary.Quantile(part, 0.99))], Goal.Most(20));
        finding.Raw("users", load.Users, "");
        finding.Raw("loading them", loaded.TotalSeconds, "s");
        finding.Raw("silo memory before", before / 1e6, "MB");
        finding.Raw("silo memory with all users idle", idle / 1e6, "MB");
        finding.Raw("growth for an idle user", (double)(idle - before) / load.Users, "bytes");
        finding.Raw("silo memory before the touches", warmed / 1e6, "MB");
        finding.Raw("silo memory after the touches", after / 1e6, "MB");
        finding.Raw("growth for an activated user (garbage not yet collected included)", (double)(after - warmed) / cold.Count, "bytes");
        finding.RawTimes("cold", cold);
        finding.RawTimes("warm", warm);
        finding.RawTimes("statements bare", bare);
        finding.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{cold.Count} users touched one after the other over one cluster client; {Sample} others read and written on top of the copied rows. Memory is anonymous resident memory."));
        await client.StopAsync(ct);
    }

    private static int[] Take(Queue<int> numbers, int count) => [.. Enumerable.Range(0, count).Select(_ => numbers.Dequeue())];

    private static async Task Account(IGrainFactory grains, UserKey user, CancellationToken ct) =>
        _ = await grains.User(user).Account(ct) ?? throw new InvalidOperationException($"There is no {user}.");

    /// <summary>What an activation asks the database for: the record, a new epoch, the fold of the user's jobs.</summary>
    private static async Task Bare(NpgsqlDataSource database, AccountReader reader, UserKey user, CancellationToken ct)
    {
        var (name, now) = (AccountName.Of(user.User), TimeProvider.System.GetUtcNow());
        await using (var command = database.CreateCommand("select data from vitrine.mt_doc_member where tenant_id = $1 and id = $2"))
        {
            command.Parameters.AddWithValue(user.Tenant.Value);
            command.Parameters.AddWithValue(name);
            if (await command.ExecuteScalarAsync(ct) is null)
                throw new InvalidOperationException($"There is no {user}.");
        }
        await reader.Open(user.Tenant, name, AccountGrain.PeriodOf(now), now, ct);
    }

    private static async Task<double> Timed(Func<Task> act)
    {
        var started = Stopwatch.GetTimestamp();
        await act();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
