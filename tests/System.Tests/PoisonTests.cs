using System.Net;
using System.Text;
using Vitrine.Inference;
using Vitrine.Inference.Tests;
using Vitrine.Local;

namespace Vitrine.System.Tests;

/// <summary>Models that end the process, never return, or make no numbers: their own jobs fail after three attempts, and nobody else notices.</summary>
public sealed class PoisonTests : IDisposable
{
    private readonly TemporaryFolder _models = new();

    public PoisonTests()
    {
        var shipped = Path.Combine(Repository.Find(AppContext.BaseDirectory).Root, "models");
        foreach (var file in Directory.EnumerateFiles(shipped, "*", SearchOption.AllDirectories))
            _models.Write(Path.GetRelativePath(shipped, file), File.ReadAllBytes(file));
        TinyModels.WriteAborting(_models, "abort");
        TinyModels.WriteSlow(_models, "slow");
        TinyModels.Write(_models, "tiny");
        var catalogue = File.ReadAllText(Path.Combine(shipped, ModelCatalogue.FileName)).TrimEnd() + "\n\n"
            + string.Concat(new[] { "abort", "slow", "tiny" }.Select(name => TinyModels.Card(_models, name)));
        _models.Write(ModelCatalogue.FileName, Encoding.UTF8.GetBytes(catalogue));
    }

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task Poison_fails_after_three_attempts_and_its_neighbours_are_served()
    {
        await using var faults = await RenderingFaults.Start(1, _models.Path, ("Vitrine__EngineProcess", "true"), ("Vitrine__CallLimit", "00:00:02"));
        var poison = new List<string>
        {
            // At a guidance of 3 the first divides without an answer, natively, and the third by zero.
            await faults.Submit(new { prompt = "a b", model = "abort", guidance = 3, size = "8x8" }, "abort"),
            await faults.Submit(new { prompt = "a b", model = "slow", size = "8x8" }, "slow"),
            await faults.Submit(new { prompt = "a b", model = "tiny", guidance = 3, size = "8x8" }, "nan"),
        };
        var healthy = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            healthy.Add(await faults.Submit(new { prompt = "a red apple", seed = i }, $"healthy-{i}"));
            healthy.Add(await faults.Submit(new { prompt = "a b", model = "abort", guidance = 4, size = "8x8", seed = i }, $"same-model-{i}"));
        }

        foreach (var id in healthy) Assert.Equal("succeeded", (await faults.Client.End(id)).GetProperty("state").GetString());
        foreach (var id in poison)
        {
            var job = await faults.Client.End(id);
            Assert.Equal("failed", job.GetProperty("state").GetString());
            Assert.Equal("poisoned", job.GetProperty("failure").GetProperty("code").GetString());
            Assert.Contains("3 times", job.GetProperty("failure").GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Equal(0, job.GetProperty("cost").GetProperty("settled").GetDecimal());
        }
        Assert.False(faults.Platform.Silo!.HasExited);
        Assert.Equal(HttpStatusCode.OK, (await faults.Client.Get("/health")).Status);
        await faults.AssertInvariants();
    }

    /// <summary>As a processor is used unless somebody says otherwise: pictures are made in the silo's own process, which such a job ends.</summary>
    [Fact]
    public async Task Poison_ends_two_silos_at_most_and_then_only_a_process_of_its_own()
    {
        await using var faults = await RenderingFaults.Start(1, _models.Path);
        var poison = await faults.Submit(new { prompt = "a b", model = "abort", guidance = 3, size = "8x8" }, "abort");
        var deaths = 0;
        await Wire.Eventually(async () =>
        {
            if (faults.Platform.Silo!.HasExited)
            {
                deaths++;
                // It may die again before it is ready.
                await faults.Platform.StartSilo(CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return false;
            }
            return await faults.Client.Get($"/v1/jobs/{poison}") is { Status: HttpStatusCode.OK } job && job.Body.GetProperty("state").GetString() == "failed";
        }, () => $"the job failed ({deaths} silos died)");

        Assert.Equal("poisoned", (await faults.Client.End(poison)).GetProperty("failure").GetProperty("code").GetString());
        Assert.InRange(deaths, 1, 2);
        Assert.False(faults.Platform.Silo!.HasExited);
        var healthy = await faults.Submit(new { prompt = "a b", model = "abort", guidance = 4, size = "8x8" }, "healthy");
        Assert.Equal("succeeded", (await faults.Client.End(healthy)).GetProperty("state").GetString());
        await faults.AssertInvariants(deaths);
    }
}
