using Microsoft.Extensions.Configuration;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Jobs;

/// <summary>More work than the platform takes on is refused before it costs anything; what was accepted is still answered.</summary>
public sealed class AdmissionTests : IAsyncLifetime, IDisposable
{
    private readonly World world = new();
    private RunningGateway gateway = null!;
    private HttpClient? client;

    public async Task InitializeAsync()
    {
        gateway = await RunningGateway.Start(world, null, builder => builder.Configuration.AddInMemoryCollection([new("Vitrine:MaxWaitingJobs", "100"), new("Vitrine:MaxSubmissions", "1")]));
        world["acme"].View = new("acme", "acme", DateTimeOffset.UnixEpoch, Limits.None);
        world["acme"].Projects["spring"] = new("spring", "Spring", DateTimeOffset.UnixEpoch, Limits.None, null);
        client = new HttpClient { BaseAddress = gateway.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", world["acme"].Issue(Scopes.Generate | Scopes.Read, "spring"));
    }

    public void Dispose() => client?.Dispose();

    public async Task DisposeAsync() => await gateway.DisposeAsync();

    [Theory, InlineData("/v1/jobs", "code"), InlineData("/v1/images/generations", "error")]
    public async Task A_full_queue_refuses_new_work_with_a_time_to_ask_again(string path, string body)
    {
        world.Queue = new(100, 4, [], TimeSpan.FromSeconds(50));
        using var refused = await Eventually(() => client!.PostAsync(path, GatewayFixture.Json("""{"prompt":"a fox"}""")));

        Assert.Equal("5", refused.Headers.RetryAfter!.ToString()); // A tenth of what it takes to empty the queue.
        var answer = (await GatewayFixture.Body(refused)).GetProperty(body);
        Assert.Equal("overloaded", body == "error" ? answer.GetProperty("code").GetString() : answer.GetString());
        var before = world.Submissions.Count;
        using var again = await client!.PostAsync(path, GatewayFixture.Json("""{"prompt":"a fox"}"""));
        Assert.Equal((503, before), ((int)again.StatusCode, world.Submissions.Count));
    }

    [Fact]
    public async Task The_platform_is_not_healthy_while_it_takes_no_work()
    {
        await HealthBecomes(200);
        world.Queue = new(100, 4, []);
        await HealthBecomes(503);
        world.Queue = new(99, 4, []);
        await HealthBecomes(200);
        world.IsRecording = false;
        await HealthBecomes(503);
        world.IsRecording = true;
        await HealthBecomes(200);
    }

    private async Task HealthBecomes(int status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((int)(await client!.GetAsync("/health", patience.Token)).StatusCode != status) await Task.Yield();
    }

    [Fact]
    public async Task A_request_that_was_accepted_before_is_answered_also_when_the_queue_is_full()
    {
        async Task<HttpResponseMessage> Post(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs") { Content = GatewayFixture.Json("""{"prompt":"a fox"}""") };
            request.Headers.Add("Idempotency-Key", key);
            return await client!.SendAsync(request);
        }

        using var first = await Post("known");
        world.Queue = new(100, 4, []);
        var number = 0; // Until the gateway has heard of the queue, a new key is a new job.
        using var refused = await Eventually(() => Post($"unknown-{number++}"));
        using var repeated = await Post("known");

        Assert.Equal(202, (int)first.StatusCode);
        Assert.Equal(202, (int)repeated.StatusCode);
        Assert.Equal(first.Headers.Location, repeated.Headers.Location);
    }

    [Fact]
    public async Task A_queue_that_empties_takes_work_again()
    {
        world.Queue = new(100, 4, []);
        using var refused = await Eventually(() => client!.PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a fox"}""")));
        world.Queue = new(99, 4, []);
        using var accepted = await Eventually(() => client!.PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a fox"}""")), status: 202);
    }

    /// <summary>What the queue says is remembered for a moment.</summary>
    private static async Task<HttpResponseMessage> Eventually(Func<Task<HttpResponseMessage>> ask, int status = 503)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await look.WaitForNextTickAsync(patience.Token))
        {
            var answer = await ask();
            if ((int)answer.StatusCode == status) return answer;
            answer.Dispose();
        }
        throw new InvalidOperationException("The timer was disposed.");
    }
}
