using System.Net;
using System.Text.Json;
using Vitrine.Media;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.System.Tests;

/// <summary>Clips through the whole system: asked for as a job, made, marked, signed, verified, proved and made again.</summary>
[Collection(SystemCollection.Name)]
public sealed class ClipTests(SystemFixture system)
{
    [Fact]
    public async Task A_clip_is_an_mp4_that_the_official_verifier_trusts_and_no_change_of_it_survives()
    {
        var brand = await system.NewTenant();
        using var client = system.Client(brand.ApiKey);
        var posted = await client.PostJob(new { prompt = "a red apple, 3d style", size = "128x128", seed = 7, clip = new { seconds = 2, motion = "zoom-in" } });
        Assert.True(posted.Status == HttpStatusCode.Accepted, $"{posted.Body}");
        var id = posted.Body.GetProperty("id").GetString()!;
        // One denoised picture of four steps and 48 frames, at 128 x 128.
        Assert.Equal((4 + 48) * 128 * 128 / 1_000_000m, posted.Body.GetProperty("cost").GetProperty("reserved").GetDecimal());

        var told = await client.Events($"/v1/jobs/{id}/events");
        var job = await client.End(id);

        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        Assert.Equal(("mp4", 2, "zoom-in"), (job.GetProperty("format").GetString(), job.GetProperty("clip").GetProperty("seconds").GetInt32(), job.GetProperty("clip").GetProperty("motion").GetString()));
        Assert.Contains(told, each => each.Event == "progress" && each.Data.GetProperty("steps").GetInt32() == 48);
        var asset = Assert.Single(job.GetProperty("assets").EnumerateArray());
        Assert.Equal(("video/mp4", 48, 128), (asset.GetProperty("media_type").GetString(), asset.GetProperty("frames").GetInt32(), asset.GetProperty("width").GetInt32()));
        var answer = await client.Get($"/v1/assets/{asset.GetProperty("id").GetString()}/content");
        Assert.Equal("video/mp4", answer.Message.Content.Headers.ContentType!.MediaType);
        Assert.Contains(".mp4", answer.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.PartialContent, (await client.Get($"/v1/assets/{asset.GetProperty("id").GetString()}/content", ("Range", "bytes=0-99"))).Status);

        var info = Assert.IsType<VideoInfo>(Mp4Probe.Read(answer.Bytes));
        Assert.Equal((128, 128, 48, true), (info.Width, info.Height, info.Frames, info.StartsAtOnce));
        var folder = Directory.CreateTempSubdirectory("vitrine-judge-").FullName;
        var changed = new[] { answer.Bytes.Length - 30, answer.Bytes.Length / 2, 60 }.Select(at =>
        {
            var bytes = answer.Bytes.ToArray();
            bytes[at] ^= 1;
            return OfficialVerifier.Write(folder, $"altered-{at}.mp4", bytes);
        });
        var verdicts = await OfficialVerifier.Judge(system.Repository, system.Platform.Access.TrustAnchor, [OfficialVerifier.Write(folder, "clip.mp4", answer.Bytes), .. changed]);
        Assert.Equal("pass", verdicts[0]);
        Assert.All(verdicts.Skip(1), verdict => Assert.NotEqual("pass", verdict));
        Directory.Delete(folder, recursive: true);

        // Anybody can verify it, and a still of it carries the mark that its manifest declares.
        using var anybody = new HttpClient { BaseAddress = system.Gateway };
        using var whole = new HttpRequestMessage(HttpMethod.Post, "/v1/verify") { Content = new ByteArrayContent(answer.Bytes) { Headers = { ContentType = new("video/mp4") } } };
        var verified = (await anybody.Ask(whole)).Body;
        Assert.Equal(("video/mp4", "trusted"), (verified.GetProperty("media_type").GetString(), verified.GetProperty("credential").GetProperty("state").GetString()));
        Assert.Equal(JsonValueKind.Object, verified.GetProperty("credential").GetProperty("picture").ValueKind);
        var still = ImageEncoder.Encode((await new Mp4Frames().Read(answer.Bytes, info, [20]))[0], 128, 128, ImageFormat.Png, 90);
        using var part = new HttpRequestMessage(HttpMethod.Post, "/v1/verify") { Content = new ByteArrayContent(still) { Headers = { ContentType = new("image/png") } } };
        Assert.True((await anybody.Ask(part)).Body.GetProperty("watermark").GetProperty("found").GetBoolean(), "A still of the clip carries no mark.");

        var usage = (await client.Get($"/v1/projects/{brand.Project}/usage")).Body;
        Assert.Contains("0.851968", usage.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clip_from_a_picture_has_it_as_its_parent_is_proved_by_a_bundle_and_made_again_frame_by_frame()
    {
        var brand = await system.NewTenant();
        using var client = system.Client(brand.ApiKey);
        using var auditor = system.Client(await system.AuditKey(brand.Id));
        var picture = (await client.Output(await client.PostJob(new { prompt = "a green tree, 3d style", size = "128x128", seed = 3 }))).GetProperty("id").GetString()!;

        var asset = await client.Output(await client.PostJob(new { prompt = "a green tree, 3d style", size = "128x128", seed = 3, image = picture, strength = 0.6, clip = new { seconds = 2, motion = "loop", end_prompt = "a red tree, 3d style" } }));

        var id = asset.GetProperty("id").GetString()!;
        var file = (await client.Get($"/v1/assets/{id}/content")).Bytes;
        var verdict = ContentCredentials.Verify(file, TrustAnchors.FromPem(await File.ReadAllTextAsync(system.Platform.Access.TrustAnchor)), TimeProvider.System.GetUtcNow());
        Assert.Equal(CredentialState.Trusted, verdict.State);
        Assert.Equal(("parentOf", picture), (Assert.Single(verdict.Manifest!.Ingredients).Relationship, verdict.Manifest.Ingredients[0].Title));
        var folder = Directory.CreateTempSubdirectory("vitrine-judge-").FullName;
        var altered = file.ToArray();
        altered[^30] ^= 1;
        var judged = await OfficialVerifier.Judge(system.Repository, system.Platform.Access.TrustAnchor, [OfficialVerifier.Write(folder, "from.mp4", file), OfficialVerifier.Write(folder, "altered.mp4", altered)]);
        Assert.Equal("pass", judged[0]);
        Assert.NotEqual("pass", judged[1]);
        Directory.Delete(folder, recursive: true);

        using var asked = await auditor.PostAsync($"/v1/assets/{id}/replay", null);
        var replay = JsonSerializer.Deserialize<JsonElement>(await asked.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
        JsonElement replayed = default;
        await Wire.Eventually(async () => (replayed = (await auditor.Get($"/v1/replays/{replay}")).Body).GetProperty("state").GetString() == "done", () => $"the replay is done: {replayed}");
        Assert.Equal("identical", replayed.GetProperty("verdict").GetProperty("answer").GetString());

        var bundle = BundleVerifier.Verify((await auditor.Get($"/v1/assets/{id}/bundle")).Bytes, new BundleTrust(null, TrustAnchors.FromPem(await File.ReadAllTextAsync(system.Platform.Access.TrustAnchor)), null, null, TimeProvider.System.GetUtcNow()));
        Assert.Empty(bundle.Failures);
        Assert.Contains("a red tree, 3d style", bundle.Record, StringComparison.Ordinal);
        Assert.Contains("\"Seconds\": 2", bundle.Record, StringComparison.Ordinal);

        // A clip is no picture to begin at.
        var from = await client.PostJob(new { prompt = "a green tree", image = id });
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "/image"), (from.Status, from.Body.GetProperty("errors")[0].GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task What_a_clip_ends_with_passes_the_policy_of_prompts()
    {
        using var client = system.Client((await system.NewTenant()).ApiKey);

        var answer = await client.PostJob(new { prompt = "a green tree", clip = new { motion = "hold", end_prompt = "explicit hardcore porn" } });

        Assert.Equal((HttpStatusCode.BadRequest, "moderation_blocked"), (answer.Status, answer.Code));
    }
}
