using System.Net;
using System.Text.Json;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.System.Tests;

/// <summary>What an auditor does who trusts nobody: finds a picture by its prompt, sees what it came from, takes the proof away and checks it offline.</summary>
[Collection(SystemCollection.Name)]
public sealed class AuditorsWalkTests(SystemFixture system)
{
    [Fact]
    public async Task An_auditor_finds_a_picture_and_proves_it_without_the_platform()
    {
        var tenant = await system.NewTenant();
        using var brand = system.Client(tenant.ApiKey);
        var answer = await brand.PostJob(new { prompt = "a yellow house on a hill", n = 2, size = "64x64", seed = 11 });
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        var job = await brand.End(answer.Body.GetProperty("id").GetString()!);
        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        using var auditor = system.Client(await system.AuditKey(tenant.Id));

        // Query: the log lags by about a second.
        var events = new List<JsonElement>();
        await Wire.Eventually(async () =>
        {
            events = [.. (await Json(auditor, "/v1/audit/events?text=yellow%20house&state=succeeded&user=ann&limit=100")).GetProperty("data").EnumerateArray()];
            return events.Exists(e => e.GetProperty("type").GetString() == "job.completed");
        }, () => "the events of the job are in the log");
        Assert.Equal(2, events.Count(e => e.GetProperty("type").GetString() == "asset.output_produced"));
        Assert.Contains(events, e => e.GetProperty("type").GetString() == "job.prompt_submitted" && e.GetProperty("data").GetProperty("Prompt").GetString() == "a yellow house on a hill");
        Assert.Empty((await Json(auditor, "/v1/audit/events?text=purple%20cow")).GetProperty("data").EnumerateArray());

        // Lineage.
        var asset = events.First(e => e.GetProperty("type").GetString() == "asset.output_produced").GetProperty("stream").GetString()!;
        var lineage = await Json(auditor, $"/v1/assets/{asset}/lineage");
        var kinds = lineage.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("kind").GetString()).ToHashSet();
        Assert.Superset(new HashSet<string?> { "asset", "job", "user", "project", "key", "model", "policy", "device", "manifest" }, kinds);

        // Replay: made again by a renderer, from the record alone, it has the very same pixels; the verdict is an event of the log.
        using var asked = await auditor.PostAsync($"/v1/assets/{asset}/replay", null);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        var replay = JsonSerializer.Deserialize<JsonElement>(await asked.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
        JsonElement replayed = default;
        await Wire.Eventually(async () => (replayed = await Json(auditor, $"/v1/replays/{replay}")).GetProperty("state").GetString() == "done", () => $"the replay is done: {replayed}");
        Assert.Equal("identical", replayed.GetProperty("verdict").GetProperty("answer").GetString());
        await Wire.Eventually(async () => (await Json(auditor, "/v1/audit/events?type=replay.asset_replayed")).GetProperty("data").EnumerateArray()
            .Any(e => e.GetProperty("stream").GetString() == replay && e.GetProperty("data").GetProperty("Asset").GetString() == asset), () => "the verdict is in the log");

        // Bundle, taken away and checked with the key that the operator publishes and the root that the auditor trusts.
        // A bundle tells what its checkpoint covers; the replay is in the log before a checkpoint over it is signed.
        var trust = new BundleTrust(PublishedKey(tenant.Id), TrustAnchors.FromPem(await File.ReadAllTextAsync(system.Platform.Access.TrustAnchor)), null, null, TimeProvider.System.GetUtcNow());
        byte[] bundle = [];
        await Wire.Eventually(async () => BundleVerifier.Verify(bundle = await auditor.GetByteArrayAsync($"/v1/assets/{asset}/bundle"), trust).Record?.Contains(replay, StringComparison.Ordinal) == true, () => "a checkpoint covers the replay");
        var verdict = BundleVerifier.Verify(bundle, trust);
        Assert.Empty(verdict.Failures);
        Assert.Contains("a yellow house on a hill", verdict.Record, StringComparison.Ordinal);
        Assert.Contains("\"Seed\": 11", verdict.Record, StringComparison.Ordinal);
        Assert.Contains("\"approvals\": \"not required by policy\"", verdict.Record, StringComparison.Ordinal);
        Assert.Contains(replay, verdict.Record, StringComparison.Ordinal);

        // The roots of both authorities travel with it, so it holds when the signer's certificate has long ended.
        Assert.Empty(BundleVerifier.Verify(bundle, trust with { Anchors = null, At = trust.At.AddDays(1000) }).Failures);

        // The log goes on, and continues what the auditor has seen.
        await brand.End((await brand.PostJob(new { prompt = "another", size = "64x64" })).Body.GetProperty("id").GetString()!);
        await Wire.Eventually(async () => (await Json(auditor, "/v1/audit/events?text=another&type=job.completed")).GetProperty("data").GetArrayLength() == 1, () => "the log has grown");
        var later = await auditor.GetByteArrayAsync($"/v1/assets/{asset}/bundle");
        var proof = await Json(auditor, $"/v1/ledger/proofs/consistency?from={verdict.Checkpoint!.Size}");
        var hashes = proof.GetProperty("hashes").EnumerateArray().Select(hash => TreeHash.TryParse(hash.GetString(), out var read) ? read : throw new FormatException()).ToList();
        Assert.Empty(BundleVerifier.Verify(later, trust with { Seen = verdict.Checkpoint, Consistency = hashes }).Failures);

        // What another brand's auditor gets is nothing.
        var rival = await system.NewTenant();
        using var stranger = system.Client(await system.AuditKey(rival.Id));
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/assets/{asset}/bundle")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/assets/{asset}/lineage")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync($"/v1/assets/{asset}/replay", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/replays/{replay}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await brand.GetAsync($"/v1/assets/{asset}/bundle")).StatusCode);
    }

    /// <summary>The key of a tenant's log, from the file that the operator publishes: one key for all logs, each under its own name.</summary>
    private NoteKey PublishedKey(string tenant)
    {
        var published = File.ReadAllText(system.Platform.LedgerKey).Trim();
        Assert.True(NoteKey.TryParse(published, out var key));
        return new NoteKey($"{key!.Name}/{tenant}", key.Kind, key.Bytes.Span);
    }

    private static async Task<JsonElement> Json(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path} was answered with {(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
