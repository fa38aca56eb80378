using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Local;
using Vitrine.Silo;

namespace Vitrine.Bench;

/// <summary>
/// Where the time goes: a silo in this process, its own spans (grain calls, database commands, journal, rendering, finishing) collected while jobs are accepted and
/// rendered one at a time and four at a time. Spans nest and wait for each other, so their times do not add up; they show what is long.
/// </summary>
internal static class SpanProfile
{
    private static readonly HashSet<string> Sources = ["Microsoft.Orleans.Application", "Npgsql", JournalTelemetry.Name, RenderTelemetry.Name];

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var platform = await run.Platform(renders: true, ct);
        var database = await platform.Local.Postgres!.CreateDatabase("spans", ct);
        foreach (var (renders, workers) in new[] { (false, 1), (false, 16), (true, 1), (true, 4) })
        {
            using var silo = await StartSilo(run.Repository, database, platform.Local.Blobs, renders, ct);
            var grains = silo.Services.GetRequiredService<IGrainFactory>();
            var principal = await Principal(grains, ct);
            async Task Act(int _)
            {
                var job = grains.Job(new(principal.Tenant, JobId.New()));
                await job.Submit(Asked(principal), ct);
                if (renders)
                    await foreach (var __ in job.Watch(0, endOnly: true, ct)) { }
                else await job.Cancel("bench", ct);
            }
            await ClosedLoop.Times(300, workers, Act, ct);
            var spans = new ConcurrentDictionary<string, ConcurrentBag<double>>();
            using (Listen(spans))
                finding.RawTimes(Name(renders, workers, "whole job"), (await ClosedLoop.Times(run.Choose(600, 200), workers, Act, ct)).Milliseconds.ToList());
            foreach (var (name, times) in spans.OrderByDescending(span => span.Value.Sum()).Take(24))
            {
                finding.Raw(Name(renders, workers, name) + ", a job", (double)times.Count / run.Choose(600, 200), "times");
                finding.RawTimes(Name(renders, workers, name), times.ToList());
            }
            await silo.StopAsync(ct);
        }
    }

    private static string Name(bool renders, int workers, string what) => string.Create(CultureInfo.InvariantCulture, $"{(renders ? "rendered" : "accepted and called off")}, {workers} at a time: {what}");

    private static ActivityListener Listen(ConcurrentDictionary<string, ConcurrentBag<double>> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => Sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => spans.GetOrAdd($"{span.Kind} {span.DisplayName} {Statement(span)}".Trim(), _ => []).Add(span.Duration.TotalMilliseconds),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static string Statement(Activity span) =>
        (span.GetTagItem("db.query.text") ?? span.GetTagItem("db.statement")) is string sql ? sql.ReplaceLineEndings(" ")[..Math.Min(60, sql.Length)] : "";

    private static async Task<IHost> StartSilo(Repository repository, string database, string blobs, bool renders, CancellationToken ct)
    {
        var parts = SiloParts.Open(new SiloSettings
        {
            Database = database, SiloName = "bench", Blobs = blobs, Models = Path.Combine(repository.Root, "models"), Policies = Path.Combine(repository.Root, "policies"),
            Pki = Path.Combine(blobs, "..", "pki"), Devices = renders ? "cpu" : "none",
        }, TimeProvider.System);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        await StorePreparation.Prepare(parts.Database, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, ct);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(FreePort.Take(), FreePort.Take());
            silo.AddVitrine(parts);
        });
        var host = builder.Build();
        await host.StartAsync(ct);
        return host;
    }

    private static async Task<Principal> Principal(IGrainFactory grains, CancellationToken ct)
    {
        var principal = new Principal(new("spans"), new("benchkey0benchkey"), Scopes.Generate | Scopes.Read, new ProjectId("launch"), new UserId("ada"));
        await grains.Tenant(principal.Tenant).Create(new("Spans"), ct);
        await grains.Project(new(principal.Tenant, principal.Project!.Value)).Create(new("Launch", null), ct);
        await grains.User(new(principal.Tenant, principal.User!.Value)).Register(new("Ada"), ct);
        return principal;
    }

    private static SubmitJob Asked(Principal principal) => new(
        principal, principal.Project!.Value, principal.User, null, "digest", "native", "a red fox, sticker", null, null, 1, 64, 64, 7, null, null, PictureFormat.Png, 100, Speed.Fast, 0, null, 7, FreshId: true);
}
