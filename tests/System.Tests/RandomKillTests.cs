using System.Globalization;
using Xunit.Abstractions;

namespace Vitrine.System.Tests;

/// <summary>The only silo is killed while it renders, again and again. A class of its own, since it takes as long as all others together and may run beside them.</summary>
public sealed class RandomKillTests(ITestOutputHelper output)
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
        var (all, interrupted, jobs) = (0L, 0, new List<string>());
        await using var faults = await RenderingFaults.Start(silos: 1);
        for (var kill = 0; kill < Kills; kill++)
        {
            var id = await faults.Submit(new { prompt = "a blue car on a yellow background", seed = kill % 5, steps = Steps, n = 2 }, $"resume-{kill}");
            var target = random.Next(1, 7 * Steps / 10);
            jobs.Add(id);
            await using var watch = new StepWatch(faults.Client, id);
            await Reaches(faults, watch, id, target);
            await faults.Platform.KillSilo();
            // Of each picture; a step may have been told and its checkpoint not yet written when the silo died.
            var reached = watch.Reached.Sum(step => step - 1);
            await faults.Platform.StartSilo(CancellationToken.None);
            Assert.Equal("succeeded", (await faults.Client.End(id)).GetProperty("state").GetString());
            // The kill may have come just after the end.
            if (await Attempts(faults, id) == 1) continue;
            interrupted++;
            var saved = await StepsSaved(faults);
            Assert.True(saved >= reached, $"job {id}: {reached} steps of its pictures were surely saved and only {saved} were not done again");
            all += saved;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Kills} kills, {interrupted} in the middle of a job; checkpoints saved {all} steps of pictures"));
        Assert.True(interrupted >= Kills * 3 / 4, $"only {interrupted} kills met a job in its middle");
        await faults.AssertInvariants(deaths: Kills);

        for (var seed = 0; seed < 5; seed++)
        {
            var calm = await faults.Submit(new { prompt = "a blue car on a yellow background", seed, steps = Steps, n = 2 }, $"calm-{seed}");
            await faults.Client.End(calm);
            var expected = await faults.Pixels(calm);
            foreach (var killed in jobs.Where((_, kill) => kill % 5 == seed))
            {
                Assert.NotEqual(killed, calm);
                Assert.Equal(expected, await faults.Pixels(killed));
            }
        }
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
}
