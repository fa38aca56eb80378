using System.Text.Json;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Tests;

[Collection(nameof(OneSilo))]
public sealed class ListsTests(OneSilo silo)
{
    [Fact]
    public async Task Projects_and_users_are_listed_in_pages_by_id()
    {
        var brand = await silo.Cluster.Tenant("lists-members");
        foreach (var id in new[] { "b", "a" })
        {
            await silo.Cluster.Grains.Project(new(brand.Tenant, new(id))).Create(new CreateProject(id, null), CancellationToken.None);
            await silo.Cluster.Grains.User(new(brand.Tenant, new(id))).Register(new RegisterUser(id), CancellationToken.None);
        }
        var members = silo.Cluster.Grains.Members(brand.Tenant);

        Assert.Equal(["a", "b"], (await members.Projects(null, 2)).Select(project => project.Id));
        Assert.Equal(["launch"], (await members.Projects("b", 2)).Select(project => project.Id));
        Assert.Equal(["a", "ada", "b"], (await members.Users(null, 10)).Select(user => user.Id));
        Assert.Empty(await members.Users("b", 10));
    }

    [Fact]
    public async Task Tenants_are_told_to_the_platform_only()
    {
        await silo.Cluster.Tenant("lists-tenant-a");
        await silo.Cluster.Tenant("lists-tenant-b");

        var platform = await silo.Cluster.Grains.Members(TenantId.Platform).Tenants("lists-tenant-", 2);

        Assert.Equal(["lists-tenant-a", "lists-tenant-b"], platform.Select(tenant => tenant.Id));
        Assert.Empty(await silo.Cluster.Grains.Members(new("lists-tenant-a")).Tenants(null, 10));
    }

    [Fact]
    public async Task What_exists_cannot_be_created_again_and_keeps_its_name()
    {
        var brand = await silo.Cluster.Tenant("lists-again");

        var again = await silo.Cluster.Grains.Tenant(brand.Tenant).Create(new CreateTenant("Another"), CancellationToken.None);

        Assert.Equal(Refused.AlreadyExists, again.Refusal!.Reason);
        Assert.Equal(Refused.AlreadyExists, (await silo.Cluster.Grains.Project(new(brand.Tenant, brand.Project)).Create(new CreateProject("Another", null), CancellationToken.None)).Refusal!.Reason);
        Assert.Equal(Refused.AlreadyExists, (await silo.Cluster.Grains.User(new(brand.Tenant, brand.User)).Register(new RegisterUser("Another"), CancellationToken.None)).Refusal!.Reason);
        Assert.Equal(Refused.AlreadyExists, (await silo.Cluster.Grains.Tenant(TenantId.Platform).Create(new CreateTenant("Another"), CancellationToken.None)).Refusal!.Reason);
        Assert.Equal("lists-again", (await silo.Cluster.Grains.Tenant(brand.Tenant).Get(CancellationToken.None))!.Name);
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first_in_pages_that_neither_repeat_nor_skip()
    {
        var brand = await silo.Cluster.Tenant("lists-jobs");
        var keys = await Several(brand, 7);
        await brand.Submit(brand.Asks("a nude woman"));
        var jobs = silo.Cluster.Grains.Jobs(brand.Tenant);

        var (seen, after) = (new List<string>(), (string?)null);
        do
        {
            var page = await jobs.List(new JobQuery(null, null, null, null, after, 3));
            seen.AddRange(page.Jobs!.Select(job => job.Id));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(keys.Select(key => key.Job.Value).Reverse(), seen);
        Assert.Null((await jobs.List(new JobQuery(null, null, null, null, "no cursor", 3))).Jobs);
        Assert.Null((await jobs.List(new JobQuery(null, null, null, null, "ff", 3))).Jobs);
    }

    [Fact]
    public async Task Jobs_are_filtered_by_project_user_session_and_state()
    {
        var brand = await silo.Cluster.Tenant("lists-filters");
        await silo.Cluster.Grains.Project(new(brand.Tenant, new("other"))).Create(new CreateProject("Other", null), CancellationToken.None);
        await silo.Cluster.Grains.User(new(brand.Tenant, new("bob"))).Register(new RegisterUser("Bob"), CancellationToken.None);
        var plain = (await brand.Submit(Small(brand))).Key;
        var project = (await brand.Submit(Small(brand) with { Project = new ProjectId("other") })).Key;
        var user = (await brand.Submit(Small(brand) with { User = new UserId("bob") })).Key;
        var session = (await brand.Submit(Small(brand) with { Session = "another thread" })).Key;
        var canceled = (await brand.Submit(brand.Asks("a red apple", images: 10, steps: 50, side: 1024))).Key;
        await silo.Cluster.Grains.Job(canceled).Cancel("testkey", CancellationToken.None)!;
        foreach (var key in new[] { plain, project, user, session }) await brand.End(key);

        async Task<IEnumerable<string>> Listed(JobQuery query) => (await silo.Cluster.Grains.Jobs(brand.Tenant).List(query)).Jobs!.Select(job => job.Id);

        Assert.Equal([project.Job.Value], await Listed(new JobQuery("other", null, null, null, null, 10)));
        Assert.Equal([user.Job.Value], await Listed(new JobQuery(null, "bob", null, null, null, 10)));
        Assert.Equal([session.Job.Value], await Listed(new JobQuery(null, null, "another thread", null, null, 10)));
        Assert.Equal([canceled.Job.Value], await Listed(new JobQuery(null, null, null, JobState.Canceled, null, 10)));
        Assert.Equal([canceled.Job.Value, user.Job.Value, plain.Job.Value], await Listed(new JobQuery("launch", null, "thread", null, null, 10)));
    }

    [Fact]
    public async Task A_session_shows_its_jobs_in_the_order_in_which_they_were_asked_for()
    {
        var brand = await silo.Cluster.Tenant("lists-session");
        var keys = await Several(brand, 3);
        await brand.Submit(brand.Asks("a nude woman"));

        var session = await silo.Cluster.Grains.Session(new(brand.Tenant, "thread")).Get();

        Assert.Equal(keys.Select(key => key.Job.Value), session!.Jobs.Select(job => job.Id));
        Assert.Equal((3, 3, new Credits(3 * 64)), (session.JobCount, session.ImageCount, session.Settled));
        Assert.Equal((session.Jobs[0].SubmittedAt, session.Jobs[2].SubmittedAt), (session.FirstAt, session.LastAt));
        Assert.Null(await silo.Cluster.Grains.Session(new(brand.Tenant, "no thread")).Get());
    }

    [Fact]
    public async Task Use_of_a_project_is_the_sum_of_its_jobs()
    {
        var brand = await silo.Cluster.Tenant("lists-usage", projectLimits: new Limits(CreditsPerMonth: new Credits(1_000_000_000)));
        await Several(brand, 2);
        var canceled = (await brand.Submit(brand.Asks("a red apple", images: 10, steps: 50, side: 256))).Key;
        var before = await silo.Cluster.Grains.Project(new(brand.Tenant, brand.Project)).Usage(null, CancellationToken.None);
        await silo.Cluster.Grains.Job(canceled).Cancel("testkey", CancellationToken.None)!;
        await brand.Submit(brand.Asks("a nude woman"));

        var usage = await silo.Cluster.Grains.Project(new(brand.Tenant, brand.Project)).Usage(null, CancellationToken.None);

        Assert.Equal((new Credits(128), new Credits(10L * 50 * 256 * 256)), (before!.Settled, before.Reserved));
        Assert.Equal((new Credits(128), Credits.Zero, new Credits(1_000_000_000), 3L, 2L), (usage!.Settled, usage.Reserved, usage.Limit!.Value, usage.Jobs, usage.Images));
        Assert.Equal("""{"canceled":1,"succeeded":2}""", JsonSerializer.Serialize(new SortedDictionary<string, long>(usage.JobsByState.ToDictionary())));
        Assert.Equal(0, (await silo.Cluster.Grains.Project(new(brand.Tenant, brand.Project)).Usage("1999-01", CancellationToken.None))!.Jobs);
    }

    private static SubmitJob Small(TestTenant brand, int seed = 7) => brand.Asks("a red apple", seed: seed, steps: 1, side: 8);

    private static async Task<List<JobKey>> Several(TestTenant brand, int count)
    {
        var keys = new List<JobKey>();
        for (var i = 0; i < count; i++)
        {
            keys.Add((await brand.Submit(Small(brand, i))).Key);
            await brand.End(keys[^1]);
        }
        return keys;
    }
}
