using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;

namespace Vitrine.Grains.Tests;

/// <summary>Which job a repeated request belongs to, on a cluster without a device, where jobs wait until the test plays one.</summary>
public sealed class AttemptsTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(devices: _ => false);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Theory, InlineData(false), InlineData(true)]
    public async Task The_last_retry_of_an_sdk_comes_twenty_minutes_after_the_first_attempt_and_belongs_to_its_job(bool forgotten)
    {
        var brand = await _cluster.Tenant($"attempts-late-{forgotten}".ToLowerInvariant());
        var (attempts, key) = (Attempts(brand), await FirstAttempt(brand));
        Assert.True(await brand.Render(key));

        // The SDK gives up after ten minutes, waits, tries again, gives up again, and this is its third attempt.
        _cluster.Time.Advance(TimeSpan.FromMinutes(21));
        if (forgotten) await _cluster.Silos.DeactivateAsync(attempts);

        Assert.Equal(key.Job, await attempts.RetryOf(brand.User));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Later_than_that_the_same_body_is_a_new_request(bool forgotten)
    {
        var brand = await _cluster.Tenant($"attempts-new-{forgotten}".ToLowerInvariant());
        var (attempts, key) = (Attempts(brand), await FirstAttempt(brand));
        Assert.True(await brand.Render(key));

        _cluster.Time.Advance(AttemptsGrain.Window);
        if (forgotten) await _cluster.Silos.DeactivateAsync(attempts);

        Assert.Null(await attempts.RetryOf(brand.User));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_job_that_is_open_is_found_at_any_age(bool forgotten)
    {
        var brand = await _cluster.Tenant($"attempts-open-{forgotten}".ToLowerInvariant());
        var (attempts, key) = (Attempts(brand), await FirstAttempt(brand));

        _cluster.Time.Advance(TimeSpan.FromHours(5));
        if (forgotten) await _cluster.Silos.DeactivateAsync(attempts);

        Assert.Equal(key.Job, await attempts.RetryOf(brand.User));
    }

    [Fact]
    public async Task Requests_that_were_answered_leave_no_grain_and_their_retries_are_known_all_the_same()
    {
        var brand = await _cluster.Tenant("attempts-answered");
        var key = await FirstAttempt(brand);
        await Attempts(brand).Answered(key.Job);

        var management = _cluster.Silos.Client.GetGrain<IManagementGrain>(0);
        await Eventually.True(async () => !(await management.GetDetailedGrainStatistics()).Any(grain => grain.GrainId.Type.ToString() == "vitrine.attempts"));
        Assert.Equal(key.Job, await Attempts(brand).RetryOf(brand.User));
    }

    [Fact]
    public async Task A_job_of_another_user_is_not_found_in_the_rows()
    {
        var brand = await _cluster.Tenant("attempts-user");
        await _cluster.Grains.User(new(brand.Tenant, new("bob"))).Register(new RegisterUser("Bob"), CancellationToken.None);
        await FirstAttempt(brand);
        await _cluster.Silos.DeactivateAsync(Attempts(brand));

        Assert.Null(await Attempts(brand).RetryOf(new UserId("bob")));
        Assert.NotNull(await Attempts(brand).RetryOf(brand.User));
    }

    [Fact]
    public async Task A_job_of_another_end_user_is_not_found_in_the_rows()
    {
        var brand = await _cluster.Tenant("attempts-end-user");
        var jobs = new Dictionary<string, JobKey>();
        foreach (var endUser in new[] { "wanda", "" })
        {
            var (key, outcome) = await brand.Submit(brand.Asks("a red apple", digest: Digest) with { User = null, EndUser = endUser.Length == 0 ? null : endUser });
            Assert.Null(outcome.Refusal);
            jobs[endUser] = key;
            // The rows hold the time by which the newest is found.
            _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(jobs["wanda"].Job, await Attempts(brand).RetryOf(null, "wanda"));
        Assert.Null(await Attempts(brand).RetryOf(null, "guest"));
        Assert.Equal(jobs[""].Job, await Attempts(brand).RetryOf(null));
        Assert.Null(await Attempts(brand).RetryOf(brand.User));
    }

    private IAttemptsGrain Attempts(TestTenant brand) => _cluster.Grains.Attempts(new(brand.Tenant, brand.Principal.Key, Digest));

    private async Task<JobKey> FirstAttempt(TestTenant brand)
    {
        var (key, outcome) = await brand.Submit(brand.Asks("a red apple", digest: Digest));
        Assert.Null(outcome.Refusal);
        await Attempts(brand).First(key.Job);
        return key;
    }

    private static readonly string Digest = new('d', 64);
}
