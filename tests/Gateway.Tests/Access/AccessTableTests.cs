using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Gateway.Tests.Assets;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Gateway.Tests.Inputs;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Access;

[Collection(nameof(GatewayFixture))]
public class AccessTableTests(GatewayFixture fixture)
{
    private const string Job = "job_0000000000000000000000000a";
    private const string Asset = "asset_0000000000000000000000000a_0";

    private const string Replay = "replay_0000000000000000000000000a";
    private const string Input = "input_0000000000000000000000000a";

    public static TheoryData<string, string> Guarded => Named(row => row.Scope is not null);
    public static TheoryData<string, string> Scoped => Named(row => row.Scope is not (null or Scopes.None));

    [Fact]
    public async Task Every_endpoint_of_the_openapi_document_has_a_row_and_every_row_an_endpoint()
    {
        using var document = JsonDocument.Parse(await fixture.Client().GetStringAsync("/openapi.json"));
        var endpoints = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(method => method.Name != "parameters").Select(method => (Method: method.Name.ToUpperInvariant(), Path: path.Name))).ToHashSet();
        var rows = AccessTable.Rows.Select(row => (row.Method, row.Path)).ToHashSet();
        Assert.True(endpoints.IsSubsetOf(rows), "Add a row to AccessTable for: " + string.Join(", ", endpoints.Except(rows)));
        Assert.True(rows.IsSubsetOf(endpoints), "AccessTable speaks of endpoints that are not in the document: " + string.Join(", ", rows.Except(endpoints)));
    }

    [Fact]
    public void Every_endpoint_declares_who_may_use_it()
    {
        var undeclared = fixture.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<AccessRule>() is null).Select(endpoint => endpoint.RoutePattern.RawText);
        Assert.Empty(undeclared);
    }

    [Theory, MemberData(nameof(Guarded))]
    public async Task A_stranger_is_asked_for_a_key(string method, string path)
    {
        using var response = await Send(method, path, null);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.StartsWith("req_", Assert.Single(response.Headers.GetValues("x-request-id")), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Scoped))]
    public async Task A_key_without_the_scope_is_refused(string method, string path)
    {
        var needed = Row(method, path).Scope!.Value;
        var others = (Scopes.Generate | Scopes.Read | Scopes.Audit | Scopes.Admin) & ~needed;
        using var response = await Send(method, path, fixture.World["acme"].Issue(others, "spring"));
        Assert.Equal(403, (int)response.StatusCode);
    }

    [Theory, MemberData(nameof(Guarded))]
    public async Task Another_tenant_cannot_tell_what_is_there_from_what_is_not(string method, string path)
    {
        var row = Row(method, path);
        var acme = fixture.World["acme"];
        var job = JobOf(acme);
        acme.Jobs[Job] = job;
        acme.Assets[Asset] = AssetUrlsTests.Asset(Asset);
        acme.LedgerHead = new("a checkpoint of acme", 7, "a key of acme", DateTimeOffset.UnixEpoch);
        acme.Tiles[(0, 0, 1)] = [1];
        acme.Inputs[Input] = InputsApiTests.Input(Input);
        acme.Replays[Replay] = new() { Id = Replay, Asset = Asset, Job = Job, Key = "k", Model = "sticker", RequestedAt = DateTimeOffset.UnixEpoch };
        acme.Sessions["thread"] = new("thread", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 1, 1, default, []);
        acme.Projects["only-acme-has-it"] = new("only-acme-has-it", "x", DateTimeOffset.UnixEpoch, Limits.None, null);
        var key = fixture.World["rival"].Issue(row.Scope!.Value);

        using var foreign = await Send(method, path, key);
        using var unknown = await Send(method, path, key, unknown: true);
        Assert.Equal(row.OtherTenant, (int)foreign.StatusCode);
        Assert.Equal(await foreign.Content.ReadAsByteArrayAsync(), await unknown.Content.ReadAsByteArrayAsync());
        Assert.Equal(Headers(foreign), Headers(unknown));
        Assert.Equal((JobState.Queued, ReplayState.Queued, null), (job.View.State, acme.Replays[Replay].State, acme.Inputs[Input].DeletedAt));
    }

    [Fact]
    public async Task No_grain_was_ever_called_without_its_tenant()
    {
        using var response = await Send("GET", "/v1/jobs/{id}", fixture.World["acme"].Issue(Scopes.Read));
        Assert.Empty(fixture.World.Strays);
    }

    private static TheoryData<string, string> Named(Func<AccessRow, bool> wanted)
    {
        var data = new TheoryData<string, string>();
        foreach (var row in AccessTable.Rows.Where(wanted)) data.Add(row.Method, row.Path);
        return data;
    }

    private static AccessRow Row(string method, string path) => AccessTable.Rows.Single(row => row.Method == method && row.Path == path);

    private static string Headers(HttpResponseMessage response) => string.Join('\n', response.Headers.Concat(response.Content.Headers)
        .Where(header => !header.Key.Equals("x-request-id", StringComparison.OrdinalIgnoreCase) && header.Key is not ("Date" or "openai-processing-ms")).OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key}: {string.Join(',', header.Value)}"));

    private static BrandJob JobOf(Brand brand) => new()
    {
        View = new() { Id = Job, Project = "spring", Key = "k", Dialect = "native", RequestDigest = "", Prompt = "a secret campaign", Width = 64, Height = 64, SubmittedAt = DateTimeOffset.UnixEpoch, User = brand.Id.Value },
    };

    private async Task<HttpResponseMessage> Send(string method, string path, string? key, bool unknown = false)
    {
        var row = Row(method, path);
        var filled = path.Replace("{id}", path.Contains("assets", StringComparison.Ordinal) ? (unknown ? Asset[..^1] + "9" : Asset)
                : path.Contains("inputs", StringComparison.Ordinal) ? (unknown ? Input[..^1] + "b" : Input)
                : path.Contains("replays", StringComparison.Ordinal) ? (unknown ? Replay[..^1] + "b" : Replay)
                : path.Contains("jobs", StringComparison.Ordinal) ? (unknown ? Job[..^1] + "b" : Job)
                : path.Contains("sessions", StringComparison.Ordinal) ? (unknown ? "no-thread" : "thread")
                : unknown ? "nobody-has-it" : "only-acme-has-it", StringComparison.Ordinal)
            .Replace("{tenant}", unknown ? "nobody" : "acme", StringComparison.Ordinal).Replace("{project}", "spring", StringComparison.Ordinal)
            .Replace("{user}", "ann", StringComparison.Ordinal).Replace("{key}", "0123456789abcdef", StringComparison.Ordinal)
            .Replace("{level}", unknown ? "7" : "0", StringComparison.Ordinal).Replace("{place}", unknown ? "x001/000" : "000.p/1", StringComparison.Ordinal) + row.Query;
        var body = unknown ? row.Body?.Replace("only-acme-has-it", "nobody-has-it", StringComparison.Ordinal) : row.Body;
        var request = new HttpRequestMessage(new(method), filled) { Content = body is null ? null : GatewayFixture.Json(body) };
        return await fixture.Client(key).SendAsync(request);
    }
}
