using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Vitrine.System.Tests;

/// <summary>Silos that are killed, frozen or replaced while they render: the work goes on from its last step, and every promise holds.</summary>
public sealed class ResumeTests(ITestOutputHelper output)
{
    private const int Steps = 50;
    private readonly int _seed = Environment.TickCount;

    /// <summary>Fifty kills at random steps of single jobs: no job is lost, none is done twice, no more than one step is done again, and the pixels are those of an undisturbed run.</summary>
    [Fact]
    public async Task Fifty_kills_at_random_steps_cost_a_step_each()
    {
        const int Kills = 50;
        output.WriteLine($"seed {_seed}");
        var random = new Random(_seed);
        var (all, interrupted) = (0L, 0);
        await using var faults = await RenderingFaults.Start(silos: 1);
        for (var kill = 0; kill < Kills; kill++)
        {
            var id = await faults.Submit(new { prompt = "a blue car on a yellow background", seed = kill % 5, steps = Steps, n = 2 }, $"resume-{kill}");
            var target = random.Next(1, 3 * Steps / 5);
            await using var watch = new StepWatch(faults.Client, id);
            await Reaches(faults, watch, id, target);
            await faults.Platform.KillSilo();
            var reached = watch.Step;
            await faults.Platform.StartSilo(CancellationToken.None);
            Assert.Equal("succeeded", (await faults.Client.End(id)).GetProperty("state").GetString());
            // The kill may have come just after the end.
            if (await Attempts(faults, id) == 1) continue;
            interrupted++;
            // A step may have been told and its checkpoint not yet written when the silo died.
            var saved = await StepsSaved(faults);
            Assert.True(saved >= reached - 1, $"job {id}: step {reached} was reached and only {saved} steps were not done again");
            all += saved;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Kills} kills, {interrupted} in the middle of a job; checkpoints saved {all} steps of pictures"));
        Assert.True(interrupted >= Kills * 3 / 4, $"only {interrupted} kills met a job in its middle");
        await faults.AssertInvariants();

        var killed = await faults.Submit(new { prompt = "a blue car on a yellow background", seed = 0, steps = Steps, n = 2 }, "resume-0");
        var calm = await faults.Submit(new { prompt = "a blue car on a yellow background", seed = 0, steps = Steps, n = 2 }, "calm");
        await faults.Client.End(calm);
        Assert.NotEqual(killed, calm);
        Assert.Equal(await faults.Pixels(calm), await faults.Pixels(killed));
    }

    [Fact]
    public async Task A_rolling_restart_of_three_silos_sends_no_job_back_to_its_beginning()
    {
        await using var faults = await RenderingFaults.Start(silos: 3);
        var jobs = new List<string>();
        for (var i = 0; i < 24; i++) jobs.Add(await faults.Submit(new { prompt = "a green tree", seed = i, steps = Steps, n = 2 }, $"rolling-{i}"));
        var watches = jobs.ConvertAll(job => new StepWatch(faults.Client, job));
        var drained = new List<(string Job, int Step)>();
        for (var silo = 0; silo < 3; silo++)
        {
            await Wire.Eventually(() => Task.FromResult(watches.Exists(watch => watch.Step > 0)), () => "something was rendered");
            await faults.Platform.StopSilo(silo);
            Assert.Equal(0, faults.Platform.Silos[silo]!.ExitCode);
            await faults.Platform.StartSilo(silo, CancellationToken.None);
        }
        foreach (var job in jobs) Assert.Equal("succeeded", (await faults.Client.End(job)).GetProperty("state").GetString());
        foreach (var (watch, job) in watches.Zip(jobs))
        {
            foreach (var (before, after) in watch.Attempts.Zip(watch.Attempts.Skip(1)))
            {
                drained.Add((job, before.Last));
                Assert.True(after.First >= before.Last, $"job {job}: an attempt reached step {before.Last} and the next began at {after.First}");
            }
            await watch.DisposeAsync();
        }
        output.WriteLine($"{drained.Count} jobs changed hands in the middle");
        await faults.AssertInvariants();
        await AssertSamePixels(faults, jobs[0], new { prompt = "a green tree", seed = 0, steps = Steps, n = 2 });
    }

    [Fact]
    public async Task A_silo_that_freezes_for_half_a_minute_loses_its_work_to_others_and_its_late_results_count_for_nothing()
    {
        await using var faults = await RenderingFaults.Start(silos: 3);
        var jobs = new List<string>();
        for (var i = 0; i < 18; i++) jobs.Add(await faults.Submit(new { prompt = "a red apple", seed = i, steps = Steps, n = 2 }, $"frozen-{i}"));
        await using (var watch = new StepWatch(faults.Client, jobs[0]))
            await Wire.Eventually(() => Task.FromResult(watch.Step > 2), () => "the first job was begun");
        var frozen = Stopwatch.StartNew();
        faults.Platform.Silos[1]!.Pause();
        foreach (var job in jobs) Assert.Equal("succeeded", (await faults.Client.End(job)).GetProperty("state").GetString());
        output.WriteLine($"all jobs were done {frozen.Elapsed.TotalSeconds:0.0} s after the freeze");
        using (var rest = new PeriodicTimer(TimeSpan.FromSeconds(Math.Max(0.1, 30 - frozen.Elapsed.TotalSeconds))))
            await rest.WaitForNextTickAsync();
        faults.Platform.Silos[1]!.Continue();
        // Others have declared it dead: it finds that out and ends; started again it works like the others.
        await Wire.Eventually(() => Task.FromResult(faults.Platform.Silos[1]!.HasExited), () => "the frozen silo found out that it is dead");
        await faults.Platform.StartSilo(1, CancellationToken.None);
        await faults.AssertInvariants();
        await AssertSamePixels(faults, jobs[0], new { prompt = "a red apple", seed = 0, steps = Steps, n = 2 });
    }

    [Fact]
    public async Task A_silo_that_joins_under_load_is_used_and_one_that_dies_is_replaced_within_seconds()
    {
        await using var faults = await RenderingFaults.Start(silos: 3);
        await faults.Platform.KillSilo(2);
        var jobs = new List<string>();
        for (var i = 0; i < 30; i++) jobs.Add(await faults.Submit(new { prompt = "a robot", seed = i, steps = Steps, n = 2 }, $"scale-{i}"));
        await faults.Platform.StartSilo(2, CancellationToken.None);
        await Wire.Eventually(async () => (await Devices(faults, jobs)).Contains("local-2:cpu0"), () => "the new silo was given work");
        await faults.Platform.KillSilo(1);
        foreach (var job in jobs) Assert.Equal("succeeded", (await faults.Client.End(job)).GetProperty("state").GetString());
        await faults.AssertInvariants();
    }

    private static async Task<long> Attempts(RenderingFaults faults, string job)
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(faults.Platform.Database);
        await using var command = database.CreateCommand("select count(*) from vitrine.mt_events where type = 'job.rendering_started' and stream_id = $1");
        command.Parameters.AddWithValue(job);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Steps of pictures that this silo, since its start, did not do because a checkpoint had them.</summary>
    private static async Task<long> StepsSaved(RenderingFaults faults)
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri(faults.Platform.SiloMetrics + "/metrics"));
        return metrics.Split('\n').Where(line => line.StartsWith("vitrine_render_steps_resumed", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    private static async Task<HashSet<string>> Devices(RenderingFaults faults, List<string> jobs)
    {
        await using var database = Npgsql.NpgsqlDataSource.Create(faults.Platform.Database);
        await using var command = database.CreateCommand("select distinct data->>'Device' from vitrine.mt_events where type = 'job.rendering_started' and stream_id = any($1)");
        command.Parameters.AddWithValue(jobs.ToArray());
        await using var rows = await command.ExecuteReaderAsync();
        var devices = new HashSet<string>();
        while (await rows.ReadAsync()) devices.Add(rows.GetString(0));
        return devices;
    }

    private static async Task<bool> Reaches(RenderingFaults faults, StepWatch watch, string job, int step)
    {
        var over = false;
        await Wire.Eventually(async () =>
        {
            if (watch.Step >= step) return true;
            var state = await faults.Client.Get($"/v1/jobs/{job}");
            return over = state.Status == global::System.Net.HttpStatusCode.OK && state.Body.GetProperty("state").GetString() is not ("queued" or "running" or "held");
        }, () => $"job {job} reached step {step}");
        return !over;
    }

    private static async Task AssertSamePixels(RenderingFaults faults, string disturbed, object request)
    {
        var calm = await faults.Submit(request, "calm");
        await faults.Client.End(calm);
        Assert.Equal(await faults.Pixels(calm), await faults.Pixels(disturbed));
    }
}
