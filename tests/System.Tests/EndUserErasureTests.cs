using System.Net;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Vitrine.System.Tests;

/// <summary>Visitors behind one key of a shop, on the whole system: one of them is forgotten, then whoever named nobody.</summary>
[Collection(SystemCollection.Name)]
public sealed class EndUserErasureTests(SystemFixture system)
{
    [Fact]
    public async Task One_visitor_behind_a_shared_key_is_forgotten_and_the_others_notice_nothing()
    {
        var visitor = "Wanda " + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var tenant = await system.NewTenant();
        using var admin = system.Client(await system.AdminKeyOf(tenant.Id));
        var issued = (await admin.Post($"/v1/admin/tenants/{tenant.Id}/keys", new { project = tenant.Project, scopes = new[] { "generate", "read" } })).Body;
        using var shop = system.Client(issued.GetProperty("key").GetString()!);
        var jobs = new Dictionary<string, string>();
        foreach (var user in new[] { visitor, "guest", "" })
        {
            var made = await shop.Post("/v1/images/generations", new { prompt = $"a quiet pond for {user}", size = "64x64", user });
            Assert.True(made.Status == HttpStatusCode.OK, $"{made.Status}: {made.Body}");
            jobs[user] = made.Header("x-vitrine-job")!;
        }
        var usage = (await shop.Get($"/v1/projects/{tenant.Project}/usage")).Body.GetProperty("images").GetInt64();

        var erased = await admin.Post($"/v1/admin/tenants/{tenant.Id}/end-users/erase", new { end_user = visitor });
        Assert.True(erased.Status == HttpStatusCode.OK, $"{erased.Status}: {erased.Body}");
        Assert.Equal((visitor, 1, 1), (erased.Body.GetProperty("end_user").GetString(), erased.Body.GetProperty("jobs").GetInt32(), erased.Body.GetProperty("assets").GetInt32()));

        Assert.Equal((true, false, false), (await IsErased(shop, jobs[visitor]), await IsErased(shop, jobs["guest"]), await IsErased(shop, jobs[""])));
        Assert.Equal((HttpStatusCode.Gone, "user_erased"), await Asked(shop, visitor));
        Assert.Equal(HttpStatusCode.OK, (await Asked(shop, "guest")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Post($"/v1/admin/tenants/{tenant.Id}/end-users/erase", new { end_user = visitor + " " })).Status);
        Assert.Empty(Traces.Of(visitor, await Everything(system.Platform.Database)));
        Assert.Empty(Traces.Of(visitor, await Everything(system.Platform.KeyDatabase)));
        Assert.Empty(Traces.InFolder(visitor, system.Platform.Logs));

        var key = issued.GetProperty("id").GetString()!;
        var nobody = await admin.Post($"/v1/admin/tenants/{tenant.Id}/keys/{key}/erase", new { });
        Assert.Equal((HttpStatusCode.OK, key, 1, "subject.erased"), (nobody.Status, nobody.Body.GetProperty("key").GetString(), nobody.Body.GetProperty("jobs").GetInt32(), nobody.Body.GetProperty("event").GetProperty("type").GetString()));
        Assert.Equal((true, false), (await IsErased(shop, jobs[""]), await IsErased(shop, jobs["guest"])));
        Assert.Equal((HttpStatusCode.Gone, "user_erased"), await Asked(shop, ""));
        var native = await shop.PostJob(new { prompt = "a quiet pond", size = "64x64" });
        Assert.Equal((HttpStatusCode.Gone, "user_erased"), (native.Status, native.Code));
        Assert.Equal(HttpStatusCode.OK, (await Asked(shop, "guest")).Status);
        // The guest asked twice more; nothing else was added, and nothing taken away.
        var after = (await shop.Get($"/v1/projects/{tenant.Project}/usage")).Body.GetProperty("images").GetInt64();
        Assert.Equal(usage + 2, after);
    }

    private static async Task<bool> IsErased(HttpClient shop, string job) => (await shop.Get($"/v1/jobs/{job}")).Body.TryGetProperty("erased", out _);

    private static async Task<(HttpStatusCode Status, string Code)> Asked(HttpClient shop, string user)
    {
        var answer = await shop.Post("/v1/images/generations", new { prompt = "a quiet pond again", size = "64x64", user });
        return (answer.Status, answer.Status == HttpStatusCode.OK ? "" : answer.Code);
    }

    /// <summary>All rows of all tables of a database.</summary>
    private static async Task<byte[]> Everything(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand("select string_agg(query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')::text, '') from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
        return Encoding.UTF8.GetBytes((string)(await command.ExecuteScalarAsync())!);
    }
}
