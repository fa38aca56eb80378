using System.Globalization;
using Npgsql;
using Vitrine.Local;
using Xunit.Abstractions;

namespace Vitrine.System.Tests;

/// <summary>The log's one writer, killed with SIGKILL in the middle of writing and of signing: every event is a leaf afterwards, once, and the log verifies from its first entry.</summary>
public sealed class LedgerCrashTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Events = 40_000, Kills = 5;
    private readonly string _folder = Directory.CreateTempSubdirectory("vitrine-ledger-").FullName;
    private readonly int _seed = Environment.TickCount;
    private LocalPlatform _platform = null!;
    private NpgsqlDataSource _database = null!;

    public async Task InitializeAsync()
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {_seed}"));
        _platform = await LocalPlatform.Start(new()
        {
            Repository = Repository.Find(AppContext.BaseDirectory), Folder = _folder, Devices = "none",
            // Signed often, so that kills meet signing too.
            SiloEnvironment = new Dictionary<string, string?> { ["Vitrine__CheckpointLeaves"] = "500", ["Vitrine__CheckpointEvery"] = "00:00:01" },
        }, CancellationToken.None);
        _database = NpgsqlDataSource.Create(_platform.Database);
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_writer_killed_while_it_writes_leaves_no_gap_and_no_double()
    {
        var random = new Random(_seed);
        // More than the writer can take at once, of three tenants in turns: it is busy for seconds.
        await Execute($"insert into vitrine.mt_streams (tenant_id, id, version) select 'log-' || i % 3, 'key/' || i, 1 from generate_series(1, {Events}) as i");
        await Execute($$"""
            insert into vitrine.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('vitrine.mt_events_sequence'), gen_random_uuid(), 'key/' || i, 1, '{"At": "2026-01-01T00:00:00+00:00"}', 'key.revoked', now(), 'log-' || i % 3, 'x', false
            from generate_series(1, {{Events}}) as i
            """);
        var midway = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            var begun = await Leaves();
            await Wire.Eventually(async () => await Leaves() is var now && (now > begun || now == Events), () => "the writer writes");
            using (var moment = new PeriodicTimer(TimeSpan.FromMilliseconds(1 + random.Next(150)))) await moment.WaitForNextTickAsync();
            await _platform.KillSilo();
            if (await Leaves() < Events) midway++;
            await _platform.StartSilo(CancellationToken.None);
        }
        await Wire.Eventually(async () => await Invariants.NotLogged(_database) == 0, () => "all events are in the log");

        Assert.True(midway > 0, "No kill fell into the writing; the test proves nothing.");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{midway} of {Kills} kills fell into the writing"));
        Assert.Equal(Events, await Leaves());
        await Wire.Eventually(async () => await Count("select count(*) from vitrine.ledger_tree where signed_size < size and log <> '@platform'") == 0, () => "every log is signed to its end");
        Assert.Empty(await new Invariants(_platform.Database, _platform.Blobs, await File.ReadAllTextAsync(_platform.Access.TrustAnchor), _platform.LedgerKey).Violations());
    }

    private Task<long> Leaves() => Count("select count(*) from vitrine.ledger_leaf where log like 'log-%'");

    private async Task<long> Count(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task Execute(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
