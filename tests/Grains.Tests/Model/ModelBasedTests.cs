using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Grains.Quotas;

namespace Vitrine.Grains.Tests;

/// <summary>Random operations on the real grains and on <see cref="Reference"/>, which must agree on every answer. Each seed uses a subset of the operations of its own.</summary>
public sealed class ModelBasedTests : IAsyncLifetime
{
    private const int Seeds = 60;
    private const int Operations = 50;
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly string[] Projects = ["launch", "second"], Users = ["ada", "bob"];
    private static readonly string[] Accounts = ["tenant", "project/launch", "project/second", "user/ada", "user/bob"];
    private static readonly string Secret = new('5', 64);
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.Start(devices: _ => false);
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Jobs_credits_and_keys_do_what_the_reference_does()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var run = await Sequence.Begin(_cluster, seed);
            try
            {
                await run.Play();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed} after:\n{string.Join('\n', run.Trace)}\n{e.Message}", e);
            }
        }
    }

    private sealed class Sequence(TestCluster cluster, TestTenant brand, Random random)
    {
        private readonly Reference _reference = new();
        public List<string> Trace { get; } = [];

        public static async Task<Sequence> Begin(TestCluster cluster, int seed)
        {
            var brand = await cluster.Tenant($"model-{seed}");
            await cluster.Grains.Project(new(brand.Tenant, new("second"))).Create(new CreateProject("Second", null), None);
            await cluster.Grains.User(new(brand.Tenant, new("bob"))).Register(new RegisterUser("Bob"), None);
            return new Sequence(cluster, brand, new Random(seed));
        }

        public async Task Play()
        {
            (string Name, int Weight, Func<Task> Act)[] all =
            [
                ("submit", 12, Submit), ("submit again", 4, SubmitAgain), ("submit twice at once", 3, SubmitTwiceAtOnce), ("submit another body", 3, SubmitAnotherBody), ("submit blocked", 2, SubmitBlocked),
                ("render", 5, Render), ("begin", 3, BeginRendering), ("fail", 3, Fail), ("cancel", 4, Cancel), ("set limits", 4, SetLimits), ("issue key", 2, IssueKey), ("revoke key", 2, RevokeKey),
                ("seconds pass", 2, () => Pass(TimeSpan.FromSeconds(40))), ("a month passes", 1, () => Pass(TimeSpan.FromDays(32))), ("put grains away", 3, PutAway), ("open an account elsewhere", 3, OpenElsewhere),
            ];
            var mine = all.Where((each, i) => i == 0 || random.Next(3) > 0).SelectMany(each => Enumerable.Repeat(each, each.Weight)).ToList();
            for (var i = 0; i < Operations; i++)
            {
                var (name, _, act) = mine[random.Next(mine.Count)];
                Trace.Add(name);
                await act();
            }
            await Check();
            foreach (var job in _reference.Jobs.Values.Where(job => job.IsOpen).ToList()) await (random.Next(2) == 0 ? Cancel(job) : Render(job));
            await Check();
            JobFacts.AssertEnded(await JobFacts.Of(cluster.Database, brand.Tenant));
        }

        private Task Submit() => Submit(JobId.New(), Ask());

        private async Task SubmitAgain()
        {
            if (Any() is not { } job) return;
            var (_, outcome) = await brand.Submit(Repeat(job), job.Key.Job);
            AssertReplay(job, outcome);
        }

        private async Task SubmitTwiceAtOnce()
        {
            var (id, command) = (JobId.New(), Ask());
            var right = Decide(command);
            var outcomes = await Task.WhenAll(brand.Submit(command, id), brand.Submit(command, id));
            var refusals = outcomes.Select(each => each.Outcome.Refusal?.Reason).Distinct().ToList();
            Assert.Contains(Assert.Single(refusals), right);
            if (refusals[0] is not null) return;
            Assert.Single(outcomes, each => each.Outcome.Replayed);
            Assert.Single(outcomes.Select(each => each.Outcome.Job!.SubmittedAt).Distinct());
            Take(id, command, outcomes[0].Outcome.Job!);
        }

        private async Task SubmitAnotherBody()
        {
            if (Any() is not { } job) return;
            var (_, outcome) = await brand.Submit(Repeat(job) with { RequestDigest = "another" }, job.Key.Job);
            Assert.Equal(Refused.IdempotencyMismatch, outcome.Refusal?.Reason);
        }

        private async Task SubmitBlocked()
        {
            var (id, command) = (JobId.New(), Ask() with { Prompt = "a nude woman" });
            var (key, outcome) = await brand.Submit(command, id);
            Assert.Equal((Refused.ModerationBlocked, false), (outcome.Refusal!.Reason, outcome.Replayed));
            _reference.Jobs[id.Value] = new ReferenceJob { Key = key, Project = command.Project.Value, User = command.User!.Value.Value, Digest = command.RequestDigest, Cost = 0, Images = 0, Blocked = true, State = JobState.Failed };
        }

        private async Task Submit(JobId id, SubmitJob command)
        {
            var right = Decide(command);
            var (_, outcome) = await brand.Submit(command, id);
            Assert.Contains(outcome.Refusal?.Reason, right);
            Assert.False(outcome.Replayed);
            if (outcome.Job is { } job) Take(id, command, job);
        }

        private Task Render() => AnyOpen() is { } job ? Render(job) : Task.CompletedTask;

        private async Task Render(ReferenceJob job)
        {
            Assert.True(await brand.Render(job.Key));
            (job.State, job.Begun) = (JobState.Succeeded, true);
        }

        private async Task BeginRendering()
        {
            if (AnyOpen() is not { } job) return;
            Assert.NotNull(await cluster.Grains.Job(job.Key).Begin(TestTenant.Device, None));
            (job.State, job.Begun) = (JobState.Running, true);
        }

        private async Task Fail()
        {
            if (AnyOpen() is not { } job) return;
            var mayRetry = random.Next(4) > 0;
            Assert.True(await brand.Render(job.Key, new RenderResult([], new Failure("render_failed", "No."), mayRetry)));
            job.Begun = true;
            job.State = !mayRetry || ++job.Failures >= JobDecisions.MaxFailures ? JobState.Failed : JobState.Queued;
        }

        private Task Cancel() => Any() is { } job ? Cancel(job) : Task.CompletedTask;

        private async Task Cancel(ReferenceJob job)
        {
            var outcome = await cluster.Grains.Job(job.Key).Cancel("key", None)!;
            Assert.Equal(job.IsOpen ? null : Refused.AlreadyFinished, outcome!.Refusal?.Reason);
            if (job.IsOpen) job.State = JobState.Canceled;
        }

        private async Task SetLimits()
        {
            var account = Accounts[random.Next(Accounts.Length)];
            var limits = new Limits(
                random.Next(3) == 0 ? null : new Credits(64 * random.Next(0, 30)), random.Next(3) > 0 ? null : random.Next(1, 12), random.Next(3) > 0 ? null : random.Next(0, 6));
            Assert.Null((await Account(account).SetLimits(limits, None)).Refusal);
            _reference.Limits[account] = limits;
        }

        private async Task IssueKey()
        {
            var key = $"key{_reference.Keys.Count}";
            Assert.Null((await cluster.Grains.Tenant(brand.Tenant).IssueKey(new IssueKey(new(key), Secret, Scopes.Read, brand.Project, brand.User, null, null), None)).Refusal);
            _reference.Keys[key] = true;
        }

        private async Task RevokeKey()
        {
            var key = $"key{random.Next(_reference.Keys.Count + 1)}";
            var outcome = await cluster.Grains.Tenant(brand.Tenant).RevokeKey(new(key), None);
            Assert.Equal(_reference.Keys.ContainsKey(key) ? null : Refused.NotFound, outcome.Refusal?.Reason);
            if (outcome.Value is not null) _reference.Keys[key] = false;
        }

        private Task Pass(TimeSpan time)
        {
            cluster.Time.Advance(time);
            return Task.CompletedTask;
        }

        private async Task PutAway()
        {
            var account = Accounts[random.Next(Accounts.Length)];
            await cluster.Silos.DeactivateAsync(Account(account));
            if (Any() is { } job) await cluster.Silos.DeactivateAsync(cluster.Grains.Job(job.Key));
        }

        private Task OpenElsewhere()
        {
            var now = cluster.Time.GetUtcNow();
            return new AccountReader(cluster.Database).Open(brand.Tenant, Accounts[random.Next(Accounts.Length)], AccountGrain.PeriodOf(now), now, None);
        }

        /// <summary>I1, I2 and I3, from the stored events with plain SQL and from what the grains say.</summary>
        private async Task Check()
        {
            var facts = await JobFacts.Of(cluster.Database, brand.Tenant);
            JobFacts.AssertSound(facts);
            Assert.Equal(_reference.Jobs.Keys.Order(StringComparer.Ordinal), facts.Select(job => job.Job).Order(StringComparer.Ordinal));
            foreach (var fact in facts)
            {
                var job = _reference.Jobs[fact.Job];
                Assert.Equal((job.Blocked ? 0 : 1, job.IsOpen ? 0 : 1, job.Cost, job.Settled, job.Blocked ? null : job.Period), ((int)fact.Accepted, (int)fact.Ended, fact.Reserved, fact.Settled, fact.Period));
                Assert.Equal(job.State, (await brand.Job(job.Key))!.State);
            }
            foreach (var account in Accounts)
            {
                var period = AccountGrain.PeriodOf(cluster.Time.GetUtcNow());
                var (settled, open) = (_reference.Spent(account, period) - _reference.Open(account, period), _reference.Open(account, period));
                await Eventually.True(async () => await Account(account).Account(None) is { } view && (view.Settled.Micro, view.Reserved.Micro) == (settled, open), $"{account} has settled {settled} and reserved {open}");
            }
            foreach (var (key, live) in _reference.Keys) Assert.Equal(live, await cluster.Grains.Authentication().Authenticate(brand.Tenant, new(key), Secret) is not null);
        }

        private SubmitJob Ask() => brand.Asks("a red apple", images: random.Next(1, 5), seed: random.Next(1000), digest: $"body{random.Next()}", steps: random.Next(1, 4), side: 8)
            with { Project = new(Projects[random.Next(2)]), User = new(Users[random.Next(2)]) };

        private IReadOnlyList<Refused?> Decide(SubmitJob command)
        {
            var now = cluster.Time.GetUtcNow();
            return _reference.Decide(command.Project.Value, command.User!.Value.Value, 64L * command.Images * command.Steps!.Value, command.Images, AccountGrain.PeriodOf(now), now);
        }

        private void Take(JobId id, SubmitJob command, JobView job)
        {
            Assert.Equal(64L * command.Images * command.Steps!.Value, job.ReservedMicro);
            _reference.Jobs[id.Value] = new ReferenceJob
            {
                Key = new(brand.Tenant, id), Project = command.Project.Value, User = command.User!.Value.Value, Digest = command.RequestDigest, Cost = job.ReservedMicro, Images = command.Images,
                Period = job.Period!, At = job.SubmittedAt,
            };
        }

        private SubmitJob Repeat(ReferenceJob job) => Ask() with { RequestDigest = job.Digest, Project = new(job.Project), User = new(job.User) };

        private static void AssertReplay(ReferenceJob job, SubmitOutcome outcome)
        {
            Assert.True(outcome.Replayed);
            Assert.Equal(job.Blocked ? Refused.ModerationBlocked : null, outcome.Refusal?.Reason);
            if (!job.Blocked) Assert.Equal((job.Key.Job.Value, job.At, job.State, job.Cost), (outcome.Job!.Id, outcome.Job.SubmittedAt, outcome.Job.State, outcome.Job.ReservedMicro));
        }

        private ReferenceJob? Any() => _reference.Jobs.Count == 0 ? null : _reference.Jobs.Values.ElementAt(random.Next(_reference.Jobs.Count));

        private ReferenceJob? AnyOpen()
        {
            var open = _reference.Jobs.Values.Where(job => job.IsOpen).ToList();
            return open.Count == 0 ? null : open[random.Next(open.Count)];
        }

        private IAccountGrain Account(string account) => account.Split('/') switch
        {
            ["project", var id] => cluster.Grains.Project(new(brand.Tenant, new(id))),
            ["user", var id] => cluster.Grains.User(new(brand.Tenant, new(id))),
            _ => cluster.Grains.Tenant(brand.Tenant),
        };
    }
}
