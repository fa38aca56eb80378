using System.Diagnostics;
using Xunit.Abstractions;

namespace Vitrine.System.Tests;

/// <summary>Silos that are frozen, replaced or killed while others live: the work goes on from its last step, and every promise holds.</summary>
public sealed class ResumeTests(ITestOutputHelper output)
{
    private const int Steps = 50;

    [Fact]
    public async Task A_rolling_restart_of_three_silos_sends_no_job_back_to_its_beginning()
    {
        await using var faults = await RenderingFaults.Start(silos: 3);
        var jobs = new List<string>();
        for (var i = 0; i < 24; i++) jobs.Add(await faults.Submit(new { prompt = "a green tree", seed = i, steps = Steps, n = 2 }, $"rolling-{i}"));
        // A clip of seven keyframes, whose device is left as theirs is.
        var film = new { prompt = "a green tree", seed = 5, steps = Steps, size = "128x128", clip = new { seconds = 2, motion = "loop" } };
        var clip = await faults.Submit(film, "rolling-clip");
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
        Assert.Equal("succeeded", (await faults.Client.End(clip)).GetProperty("state").GetString());
        await faults.AssertInvariants(deaths: 3);
        await AssertSamePixels(faults, clip, film);
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
        await faults.AssertInvariants(deaths: 1);
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
        await faults.AssertInvariants(deaths: 2);
    }

    /// <summary>A tenant that asks for much, one that asks for little while the other waits, and a silo that dies in between: I12 holds over the death.</summary>
    [Fact]
    public async Task A_flooder_and_a_death_keep_nobody_waiting_beyond_their_share()
    {
        await using var faults = await RenderingFaults.Start(silos: 1);
        var flood = new List<string>();
        for (var i = 0; i < 120; i++) flood.Add(await faults.Submit(new { prompt = "a blue car", seed = i, steps = 8 }, $"flood-{i}"));
        using var small = await faults.AnotherTenant("small");
        var few = new List<string> { await faults.Submit(new { prompt = "a red apple", seed = 1, steps = 8 }, "few-1", small) };
        await faults.Platform.KillSilo();
        await faults.Platform.StartSilo(CancellationToken.None);
        for (var i = 2; i < 5; i++) few.Add(await faults.Submit(new { prompt = "a red apple", seed = i, steps = 8 }, $"few-{i}", small));

        foreach (var job in few) Assert.Equal("succeeded", (await small.End(job)).GetProperty("state").GetString());
        var waiting = 0;
        foreach (var job in flood) waiting += (await faults.Client.Get($"/v1/jobs/{job}")).Body.GetProperty("state").GetString() == "queued" ? 1 : 0;
        output.WriteLine($"when the small tenant was served {waiting} of 120 jobs of the other waited");
        Assert.True(waiting > 0, "Everybody had been served, so this says nothing.");
        foreach (var job in flood) Assert.Equal("succeeded", (await faults.Client.End(job)).GetProperty("state").GetString());
        await faults.AssertInvariants(deaths: 1);
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

    private static async Task AssertSamePixels(RenderingFaults faults, string disturbed, object request)
    {
        var calm = await faults.Submit(request, $"calm-{disturbed}");
        await faults.Client.End(calm);
        Assert.Equal(await faults.Pixels(calm), await faults.Pixels(disturbed));
    }
}
