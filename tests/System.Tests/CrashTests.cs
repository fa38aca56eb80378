using System.Globalization;
using System.Net;
using System.Text.Json;
using Npgsql;
using Vitrine.Local;
using Xunit.Abstractions;

namespace Vitrine.System.Tests;

/// <summary>Real processes, killed with SIGKILL while they work.</summary>
public sealed class CrashTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const int JobsEach = 6;
    private static readonly TimeSpan LongestWork = TimeSpan.FromMilliseconds(400);
    private readonly string _folder = Directory.CreateTempSubdirectory("vitrine-crash-").FullName;
    private readonly int _seed = Environment.TickCount;
    private LocalPlatform _platform = null!;
    private HttpClient? _client;

    public async Task InitializeAsync()
    {
        _platform = await LocalPlatform.Start(new() { Repository = Repository.Find(AppContext.BaseDirectory), Folder = _folder }, CancellationToken.None);
        _client = new HttpClient { BaseAddress = new Uri(_platform.Gateway) };
        _client.DefaultRequestHeaders.Authorization = new("Bearer", _platform.Access.ApiKey);
        output.WriteLine($"seed {_seed}");
    }

    public void Dispose() => _client?.Dispose();

    public async Task DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Jobs_survive_the_silo_being_killed_again_and_again_with_the_pixels_they_would_have_had()
    {
        const int Kills = 5;
        var random = new Random(_seed);
        var accepted = new List<(string Id, long Seed)>();
        for (var kill = 0; kill < Kills; kill++)
        {
            for (var i = 0; i < JobsEach; i++)
            {
                var seed = kill * 100 + i;
                // The client repeats under its key until it is told yes or no, as an SDK would.
                Answer answer = null!;
                await Wire.Eventually(async () =>
                {
                    answer = await _client!.PostJob(Wish(i, seed), $"crash-{kill}-{i}");
                    return answer.Status != HttpStatusCode.ServiceUnavailable;
                }, () => "the gateway took a job");
                Assert.Equal(HttpStatusCode.Accepted, answer.Status);
                accepted.Add((answer.Body.GetProperty("id").GetString()!, seed));
            }
            await Progress(random.Next(0, JobsEach), random.NextDouble());
            await _platform.KillSilo();
            await _platform.StartSilo(CancellationToken.None);
        }

        foreach (var (id, seed) in accepted)
        {
            var job = await _client!.End(id);
            Assert.Equal("succeeded", job.GetProperty("state").GetString());
            // The key still names this job, whatever was killed in between.
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _client!.PostJob(new { prompt = "something else" }, $"crash-{seed / 100}-{seed % 100}")).Status);
        }
        await Logged();
        Assert.Empty(await Check().Violations());

        // The same requests again, undisturbed: the pixels, and those of every frame, must be those that the killed silos would have made.
        for (var i = 0; i < JobsEach; i++)
        {
            var again = await _client!.PostJob(Wish(i, i));
            var calm = await _client!.End(again.Body.GetProperty("id").GetString()!);
            Assert.Equal(await Pixels(accepted[i].Id), await Pixels(calm.GetProperty("id").GetString()!));
        }
    }

    // The last of each round is a clip.
    private static object Wish(int i, long seed) => i == JobsEach - 1
        ? new { prompt = "a blue car on a yellow background", seed, size = "64x64", clip = new { seconds = 2, motion = "loop" } }
        : new { prompt = "a blue car on a yellow background", seed, n = 1 + i % 2, size = i % 3 == 0 ? "512x512" : "64x64" };

    [Fact]
    public async Task A_killed_database_means_503_and_never_a_false_success()
    {
        var promised = new List<string>();
        var unavailable = 0;
        for (var round = 0; round < 3; round++)
        {
            using var stop = new CancellationTokenSource();
            var clients = Enumerable.Range(0, 4).Select(each => Task.Run(async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    var answer = await _client!.PostJob(new { prompt = "a red apple", seed = i });
                    if (answer.Status == HttpStatusCode.Accepted) lock (promised) promised.Add(answer.Body.GetProperty("id").GetString()!);
                    else
                    {
                        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
                        Assert.NotNull(answer.Header("Retry-After"));
                        Interlocked.Increment(ref unavailable);
                    }
                }
            })).ToArray();
            var before = promised.Count;
            await Wire.Eventually(() => Task.FromResult(promised.Count >= before + 8), () => "jobs were accepted");
            await _platform.KillPostgres();
            var refusedBefore = unavailable;
            await Wire.Eventually(() => Task.FromResult(unavailable > refusedBefore), () => "clients were told that the ledger is away");
            await _platform.StartPostgres(CancellationToken.None);
            await stop.CancelAsync();
            await Task.WhenAll(clients);
        }
        foreach (var id in promised) Assert.Equal("succeeded", (await _client!.End(id)).GetProperty("state").GetString());
        await using var database = NpgsqlDataSource.Create(_platform.Database);
        await Wire.Eventually(async () => await Invariants.Open(database) == 0, () => "nothing is open");
        await Logged();
        Assert.Empty(await Check().Violations());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{promised.Count} jobs accepted, {unavailable} answers of 503"));
    }

    /// <summary>Waits until so many jobs of those open are done, then a part of a job's time, so that the kill falls anywhere.</summary>
    private async Task Progress(int jobs, double part)
    {
        await using var database = NpgsqlDataSource.Create(_platform.Database);
        var target = Math.Max(0, await Invariants.Open(database) - jobs);
        await Wire.Eventually(async () => await Invariants.Open(database) <= target, () => "jobs were worked on");
        using var moment = new PeriodicTimer(TimeSpan.FromMilliseconds(1) + LongestWork * part);
        await moment.WaitForNextTickAsync();
    }

    private async Task Logged()
    {
        await using var database = NpgsqlDataSource.Create(_platform.Database);
        await Wire.Eventually(async () => await Invariants.NotLogged(database) == 0, () => "all events are in the log");
    }

    private Invariants Check() => new(_platform.Database, _platform.Blobs, File.ReadAllText(_platform.Access.TrustAnchor), _platform.LedgerKey);

    private async Task<string> Pixels(string job)
    {
        await using var database = NpgsqlDataSource.Create(_platform.Database);
        await using var command = database.CreateCommand("select string_agg(data->>'PixelSha256', ' ' order by (data->>'Image')::int) from vitrine.mt_doc_assetview where data->>'Job' = $1");
        command.Parameters.AddWithValue(job);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
