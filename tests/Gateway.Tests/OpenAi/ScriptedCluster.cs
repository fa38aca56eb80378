using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;

namespace Vitrine.Gateway.Tests.OpenAi;

/// <summary>The whole gateway on a real port, in front of a real silo on real ports whose grains do what each test says.</summary>
public sealed class ScriptedCluster : IAsyncLifetime
{
    public const string Tenant = "brand";
    private RunningGateway running = null!;

    internal JobScripts Scripts { get; } = new();
    internal FileBlobStore Blobs => running.Blobs;
    internal Uri Address => running.Address;

    public async Task InitializeAsync() => running = await RunningGateway.Start(Scripts);

    public async Task DisposeAsync() => await running.DisposeAsync();

    /// <summary>A client with a key of the given id; see <see cref="ScriptedAuthenticationGrain"/> for what each may do.</summary>
    internal HttpClient Client(string key = "key1")
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"vk-{Tenant}-{key}-{new string('A', 43)}");
        return client;
    }

    internal static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>The job as it is when it has just been accepted.</summary>
    internal static JobView Accepted(JobKey key, SubmitJob command) => new()
    {
        Id = key.Job.Value, Project = command.Project.Value, User = command.User?.Value, Session = command.Session, Key = command.Principal.Key.Value, Dialect = command.Dialect,
        RequestDigest = command.RequestDigest, State = JobState.Queued, Prompt = command.Prompt, Images = command.Images, Width = command.Width ?? 64, Height = command.Height ?? 64,
        Format = command.Format, Previews = command.Previews, ReservedMicro = 16_384, Period = "2026-01", SubmittedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_999),
    };

    /// <summary>The job as it is when its pictures are done; they are in the store.</summary>
    internal async Task<JobView> Succeeded(JobView job)
    {
        var assets = new List<AssetView>();
        for (var image = 0; image < job.Images; image++)
        {
            var picture = PictureOf(job.Prompt!, image);
            await Blobs.Put(Tenant, picture, CancellationToken.None);
            assets.Add(FinishedJobs.Asset(image) with { Id = $"asset_{job.Id[4..]}_{image}", Job = job.Id, Sha256 = Convert.ToHexStringLower(SHA256.HashData(picture)), Length = picture.Length });
        }

        return job with { State = JobState.Succeeded, SettledMicro = job.ReservedMicro, Assets = assets };
    }

    /// <summary>Bytes that stand for a picture; the gateway hands them on unseen.</summary>
    internal static byte[] PictureOf(string prompt, int image) => Encoding.UTF8.GetBytes($"{prompt} {image}");

    /// <summary>Jobs with this prompt are accepted and then succeed.</summary>
    internal JobScript WillSucceed(string prompt, Func<JobView, IAsyncEnumerable<JobUpdate>>? before = null) => Scripts[prompt] = new()
    {
        Submit = (key, command) => new(Accepted(key, command), null, false, new(60, 56, TimeSpan.FromSeconds(12))),
        Watch = job => Watch(job, before),
    };

    internal JobScript WillEnd(string prompt, JobUpdateKind kind, Func<JobView, JobView> end) => Scripts[prompt] = new()
    {
        Submit = (key, command) => new(Accepted(key, command), null, false, null),
        Watch = job => new[] { new JobUpdate(3 * JobUpdate.PerEvent, kind, end(job)) }.ToAsyncEnumerable(),
    };

    internal JobScript WillRefuse(string prompt, Refusal refusal) => Scripts[prompt] = new() { Submit = (_, _) => new(null, refusal, false, null) };

    private async IAsyncEnumerable<JobUpdate> Watch(JobView job, Func<JobView, IAsyncEnumerable<JobUpdate>>? before)
    {
        yield return new(1 * JobUpdate.PerEvent, JobUpdateKind.Queued, job);
        if (before is not null)
            await foreach (var update in before(job)) yield return update;
        yield return new(3 * JobUpdate.PerEvent, JobUpdateKind.Succeeded, await Succeeded(job));
    }
}
