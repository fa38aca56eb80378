using System.Net;
using System.Text.Json;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.System.Tests;

/// <summary>A picture in other sizes and formats: each a new asset, signed, with the first as its parent.</summary>
[Collection(SystemCollection.Name)]
public sealed class RenditionTests(SystemFixture system)
{
    [Fact]
    public async Task Renditions_in_every_format_are_trusted_name_their_parent_and_say_what_was_done_to_it()
    {
        var brand = await system.NewTenant();
        using var client = system.Client(brand.ApiKey);
        var first = (await client.Output(await client.PostJob(new { prompt = "a purple heart", size = "256x256", seed = 4 }))).GetProperty("id").GetString()!;

        var folder = Directory.CreateTempSubdirectory("vitrine-judge-").FullName;
        var files = new List<string>();
        var known = new List<(string Id, byte[] Bytes)>();
        foreach (var (of, size, format, actions) in new (string?, string?, string?, string[])[]
        {
            (null, "512x256", "jpeg", ["c2pa.opened", "c2pa.cropped", "c2pa.transcoded"]),
            (null, "64x64", "webp", ["c2pa.opened", "c2pa.resized.proportional", "c2pa.transcoded"]),
            (null, null, "jpeg", ["c2pa.opened", "c2pa.transcoded"]),
            ("the third", "128x128", null, ["c2pa.opened", "c2pa.resized.proportional", "c2pa.transcoded"]),
        })
        {
            var parent = of is null ? first : known[2].Id;
            var posted = await client.Post($"/v1/assets/{parent}/renditions", new { size, format });
            var (width, height) = size is null ? (256, 256) : (int.Parse(size.Split('x')[0], null), int.Parse(size.Split('x')[1], null));
            var asset = await client.Output(posted);
            Assert.Equal(width * height / 1_000_000m, posted.Body.GetProperty("cost").GetProperty("reserved").GetDecimal());
            var id = asset.GetProperty("id").GetString()!;
            Assert.Equal(($"image/{format ?? "jpeg"}", width, height), (asset.GetProperty("media_type").GetString(), asset.GetProperty("width").GetInt32(), asset.GetProperty("height").GetInt32()));
            var bytes = (await client.Get($"/v1/assets/{id}/content")).Bytes;
            var picture = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(bytes)).Image;
            Assert.Equal((width, height), (picture.Width, picture.Height));
            var manifest = ContentCredentials.Verify(bytes, TrustAnchors.FromPem(await File.ReadAllTextAsync(system.Platform.Access.TrustAnchor)), TimeProvider.System.GetUtcNow()).Manifest!;
            Assert.Equal(actions, manifest.Actions.Select(action => action.Action).Where(action => action != "c2pa.addedText"));
            Assert.Equal("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", manifest.Actions.Single(action => action.Action == "c2pa.transcoded").DigitalSourceType);
            Assert.Equal(("parentOf", parent), (Assert.Single(manifest.Ingredients).Relationship, manifest.Ingredients[0].Title));
            files.Add(OfficialVerifier.Write(folder, $"{known.Count}.{format ?? "jpeg"}", bytes));
            known.Add((id, bytes));
        }
        Assert.All(await OfficialVerifier.Judge(system.Repository, system.Platform.Access.TrustAnchor, files), verdict => Assert.Equal("pass", verdict));
        Directory.Delete(folder, recursive: true);

        // What lost its metadata still leads to the picture that was marked.
        using var anybody = new HttpClient { BaseAddress = system.Gateway };
        using var stripped = new HttpRequestMessage(HttpMethod.Post, "/v1/verify")
        {
            Content = new ByteArrayContent(ImageEncoder.Encode(Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(known[2].Bytes)).Image.ToRgb(), 256, 256, ImageFormat.Png, 90)) { Headers = { ContentType = new("image/png") } },
        };
        Assert.True((await anybody.Ask(stripped)).Body.GetProperty("watermark").GetProperty("found").GetBoolean());

        // It is made again from the record, and its way leads back to the first.
        using var auditor = system.Client(await system.AuditKey(brand.Id));
        using var asked = await auditor.PostAsync($"/v1/assets/{known[3].Id}/replay", null);
        var replay = JsonSerializer.Deserialize<JsonElement>(await asked.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
        JsonElement replayed = default;
        await Wire.Eventually(async () => (replayed = (await auditor.Get($"/v1/replays/{replay}")).Body).GetProperty("state").GetString() == "done", () => $"the replay is done: {replayed}");
        Assert.Equal("identical", replayed.GetProperty("verdict").GetProperty("answer").GetString());
        var lineage = (await auditor.Get($"/v1/assets/{known[3].Id}/lineage")).Body.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("name").GetString()).ToList();
        Assert.Contains(first, lineage);
        Assert.Contains(known[2].Id, lineage);
    }

    [Fact]
    public async Task What_is_no_picture_of_the_callers_has_no_rendition()
    {
        using var client = system.Client((await system.NewTenant()).ApiKey);
        using var other = system.Client((await system.NewTenant()).ApiKey);
        var theirs = (await other.Output(await other.PostJob(new { prompt = "a purple heart", size = "64x64" }))).GetProperty("id").GetString()!;

        Assert.Equal(HttpStatusCode.NotFound, (await client.Post($"/v1/assets/{theirs}/renditions", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await client.Post("/v1/assets/nothing/renditions", new { })).Status);
        foreach (var body in new object[] { new { size = "65x64" }, new { size = "1280x720" }, new { format = "mp4" }, new { quality = 101 }, new { prompt = "a fox" }, new { strength = 0.5 } })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await other.Post($"/v1/assets/{theirs}/renditions", body)).Status);
        // Through the door of jobs nobody comes to one.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await other.PostJob(new { prompt = "a fox", image = theirs, strength = 0 })).Status);
    }
}
