using System.Net;
using System.Text.Json;
using Npgsql;
using Vitrine.Local;

namespace Vitrine.System.Tests;

/// <summary>A platform of its own for a test that kills, stops or freezes parts of it, with a checkpoint after every step.</summary>
internal sealed class RenderingFaults : IAsyncDisposable
{
    /// <summary>Pictures made again after each test: as many as may be open at once.</summary>
    private const int Repeated = 4;

    private readonly string _folder;

    private RenderingFaults(string folder, LocalPlatform platform)
    {
        (_folder, Platform) = (folder, platform);
        Client = new HttpClient { BaseAddress = new Uri(platform.Gateway) };
        Client.DefaultRequestHeaders.Authorization = new("Bearer", platform.Access.ApiKey);
    }

    public LocalPlatform Platform { get; }

    public Repository Repository { get; } = Repository.Find(AppContext.BaseDirectory);

    public HttpClient Client { get; }

    public static async Task<RenderingFaults> Start(int silos, string? models = null, params (string Name, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("vitrine-rendering-").FullName;
        var environment = new Dictionary<string, string?> { ["Vitrine__CheckpointSteps"] = "1" };
        foreach (var (name, value) in settings) environment[name] = value;
        var platform = await LocalPlatform.Start(
            new() { Repository = Repository.Find(AppContext.BaseDirectory), Folder = folder, Silos = silos, SiloEnvironment = environment, Durable = false, Models = models }, CancellationToken.None);
        return new(folder, platform);
    }

    /// <summary>Asks as an SDK would, until the platform says yes or no.</summary>
    /// <param name="client">Of the tenant that asks; null for the first.</param>
    public async Task<string> Submit(object job, string key, HttpClient? client = null)
    {
        Answer answer = null!;
        await Wire.Eventually(async () => (answer = await (client ?? Client).PostJob(job, key)).Status != HttpStatusCode.ServiceUnavailable, () => "the gateway took a job");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        return answer.Body.GetProperty("id").GetString()!;
    }

    /// <summary>The pixels of a job's pictures, as digests.</summary>
    public async Task<string> Pixels(string job)
    {
        await using var database = NpgsqlDataSource.Create(Platform.Database);
        await using var command = database.CreateCommand("select string_agg(data->>'PixelSha256', ' ' order by (data->>'Image')::int) from vitrine.mt_doc_assetview where data->>'Job' = $1");
        command.Parameters.AddWithValue(job);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>I1, I2, I4, I5, I6 of the record, I12 of the order of service, and I8 of some pictures, which are made again from their record.</summary>
    /// <param name="deaths">Silos that ended in the course of the test.</param>
    public async Task AssertInvariants(int deaths = 0)
    {
        await using var database = NpgsqlDataSource.Create(Platform.Database);
        await Wire.Eventually(async () => await Invariants.Open(database) == 0, () => "nothing is open");
        Assert.Empty(await WaitBounds.Violations(database, Platform.Silos.Count, deaths));
        await AssertRepeatable(database);
        await Wire.Eventually(async () => await Invariants.NotLogged(database) == 0, () => "all events are in the log");
        Assert.Empty(await new Invariants(Platform.Database, Platform.Blobs, File.ReadAllText(Platform.Access.TrustAnchor), Platform.LedgerKey).Violations());
    }

    /// <summary>I8: pictures of the last jobs that ended, those that took the most attempts first, come out the same from their record.</summary>
    private async Task AssertRepeatable(NpgsqlDataSource database)
    {
        var pictures = new List<string>();
        await using (var command = database.CreateCommand($"""
            select a.id from vitrine.mt_doc_assetview a join vitrine.mt_doc_jobview j on j.tenant_id = a.tenant_id and j.id = a.data->>'Job'
            where a.tenant_id = $1 order by (j.data->>'Attempt')::integer desc, a.id desc limit {Repeated}
            """))
        {
            command.Parameters.AddWithValue(Platform.Access.Tenant);
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync()) pictures.Add(rows.GetString(0));
        }
        using var auditor = await Auditor();
        var replays = new List<string>();
        foreach (var picture in pictures)
        {
            using var asked = await auditor.PostAsync(new Uri($"/v1/assets/{picture}/replay", UriKind.Relative), null);
            Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
            replays.Add(asked.Headers.Location!.ToString());
        }
        foreach (var replay in replays)
        {
            Answer answer = null!;
            await Wire.Eventually(async () => (answer = await auditor.Get(replay)) is { Status: HttpStatusCode.OK } && answer.Body.GetProperty("state").GetString() == "done", () => $"{replay} is done");
            Assert.True(answer.Body.GetProperty("verdict").GetProperty("answer").GetString() == "identical", $"I8: {answer.Body}");
        }
    }

    /// <summary>A second tenant, through its key.</summary>
    public async Task<HttpClient> AnotherTenant(string id)
    {
        await Admin("", new { id, name = "Another brand" });
        await Admin($"/{id}/projects", new { id = "campaign", name = "Campaign" });
        return WithKey((await Admin($"/{id}/keys", new { project = "campaign", scopes = new[] { "generate", "read" } })).GetProperty("key").GetString()!);
    }

    private async Task<HttpClient> Auditor() =>
        WithKey((await Admin($"/{Platform.Access.Tenant}/keys", new { project = Platform.Access.Project, scopes = new[] { "audit", "read" } })).GetProperty("key").GetString()!);

    private async Task<JsonElement> Admin(string path, object body)
    {
        using var admin = WithKey(Platform.Access.AdminKey);
        var made = await admin.Post("/v1/admin/tenants" + path, body);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        return made.Body;
    }

    private HttpClient WithKey(string key)
    {
        var client = new HttpClient { BaseAddress = Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Watches one job's steps over every attempt and every silo, through the gateway, and remembers the furthest step of each attempt.</summary>
internal sealed class StepWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<(int First, int Last)> _attempts = [];
    private readonly Dictionary<int, int> _reached = [];
    private readonly Task _watching;

    public StepWatch(HttpClient client, string job) => _watching = Watch(client, job);

    /// <summary>The first and the last step seen of each attempt that showed one, of picture 0.</summary>
    public IReadOnlyList<(int First, int Last)> Attempts
    {
        get
        {
            lock (_gate) return [.. _attempts];
        }
    }

    public int Step => Attempts is [.., var last] ? last.Last : 0;

    /// <summary>The last step seen of each picture in the latest attempt that showed one.</summary>
    public IReadOnlyList<int> Reached
    {
        get
        {
            lock (_gate) return [.. _reached.Values];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Watch(HttpClient client, string job)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job}/events");
        using var message = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
        using var reader = new StreamReader(await message.Content.ReadAsStreamAsync(_stop.Token));
        var (name, started, begun) = ("", true, true);
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            if (name == "started") started = begun = true;
            if (name != "progress" || !line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            var data = JsonSerializer.Deserialize<JsonElement>(line[6..]);
            var (image, step) = (data.GetProperty("image").GetInt32(), data.GetProperty("step").GetInt32());
            lock (_gate)
            {
                if (begun) _reached.Clear();
                (begun, _reached[image]) = (false, step);
                if (image != 0) continue;
                if (started) _attempts.Add((step, step));
                else _attempts[^1] = (_attempts[^1].First, step);
                started = false;
            }
        }
    }
}
