using Vitrine.Media;

namespace Vitrine.System.Tests;

/// <summary>What leaves the platform, judged by the official C2PA implementation (tests/c2pa-verify), which knows nothing of ours.</summary>
[Collection(SystemCollection.Name)]
public sealed class OutputCredentialTests(SystemFixture system)
{
    [Fact]
    public async Task Every_format_carries_a_credential_that_the_official_verifier_trusts_and_none_survives_a_change()
    {
        using var client = system.Client(system.ApiKey);
        var folder = Directory.CreateTempSubdirectory("vitrine-judge-").FullName;
        var sound = new List<string>();
        var broken = new List<string>();
        foreach (var (format, size) in new[] { ("png", "64x64"), ("jpeg", "64x64"), ("webp", "64x64"), ("png", "512x256"), ("jpeg", "256x512"), ("webp", "1024x1024") })
        {
            var job = await client.End((await client.PostJob(new { prompt = "a purple heart", format, size, quality = 90 })).Body.GetProperty("id").GetString()!);
            Assert.Equal("succeeded", job.GetProperty("state").GetString());
            var asset = job.GetProperty("assets")[0];
            Assert.Equal(size, $"{asset.GetProperty("width").GetInt32()}x{asset.GetProperty("height").GetInt32()}");
            var bytes = (await client.Get($"/v1/assets/{asset.GetProperty("id").GetString()}/content")).Bytes;
            // Its market is not said, so it carries the label of Chinese law too, and the record tells what nobody saw to.
            var text = global::System.Text.Encoding.Latin1.GetString(bytes);
            Assert.Contains($"\"ProduceID\":\"{asset.GetProperty("id").GetString()}\"", text, StringComparison.Ordinal);
            // Now and then a small picture's own encoding takes its mark away; the manifest then names none, and the record says that it lacks one.
            Assert.Equal(text.Contains("c2pa.soft-binding", StringComparison.Ordinal) ? ["notice.before_use", "visible_label"] : ["notice.before_use", "visible_label", "watermark.imperceptible"],
                await Unmet(asset.GetProperty("id").GetString()!));
            sound.Add(OfficialVerifier.Write(folder, $"{format}-{size}.{format}", bytes));
            bytes[^30] ^= 1;
            broken.Add(OfficialVerifier.Write(folder, $"{format}-{size}-altered.{format}", bytes));
        }

        var verdicts = await OfficialVerifier.Judge(system.Repository, system.Platform.Access.TrustAnchor, [.. sound, .. broken]);

        Assert.All(verdicts.Take(sound.Count), verdict => Assert.Equal("pass", verdict));
        Assert.All(verdicts.Skip(sound.Count), verdict => Assert.NotEqual("pass", verdict));
        Directory.Delete(folder, recursive: true);

        async Task<IEnumerable<string?>> Unmet(string asset) =>
            (await client.Get($"/v1/assets/{asset}")).Body.GetProperty("unmet").EnumerateArray().Select(each => each.GetProperty("kind").GetString()).ToList();
    }

    [Fact]
    public async Task What_is_made_from_a_picture_that_was_brought_is_trusted_in_every_format_also_down_a_chain_and_from_a_tampered_one()
    {
        using var client = system.Client(system.ApiKey);
        var folder = Directory.CreateTempSubdirectory("vitrine-judge-").FullName;
        var first = await Made(new { prompt = "a purple heart", format = "jpeg", size = "256x256" });
        var (sound, broken) = (await Bring(first.Bytes), await Bring(Tampered(first.Bytes)));
        Assert.Equal(("trusted", "tampered"), (State(sound), State(broken)));

        var judged = new List<(string File, string Parent, string? Finding)>();
        foreach (var format in new[] { "png", "jpeg", "webp" })
        {
            var edited = await Made(new { prompt = "a purple heart, flat style", format, image = Id(sound), strength = 0.5 });
            var again = await Made(new { prompt = "a green heart, flat style", format, image = edited.Asset, strength = 0.5 });
            var masked = await Made(new { prompt = "a green heart, flat style", format, image = Id(broken), mask = Id(broken) });
            judged.Add((OfficialVerifier.Write(folder, $"edited.{format}", edited.Bytes), Id(sound), null));
            judged.Add((OfficialVerifier.Write(folder, $"again.{format}", again.Bytes), edited.Asset, null));
            judged.Add((OfficialVerifier.Write(folder, $"masked.{format}", masked.Bytes), Id(broken), "assertion.dataHash.mismatch"));
        }

        Assert.All(await OfficialVerifier.Judge(system.Repository, system.Platform.Access.TrustAnchor, [.. judged.Select(each => each.File)]), verdict => Assert.Equal("pass", verdict));
        foreach (var (file, parent, finding) in judged)
        {
            var ingredient = Assert.Single(Provenance.ContentCredentials.Verify(await File.ReadAllBytesAsync(file), Provenance.TrustAnchors.FromPem(await File.ReadAllTextAsync(system.Platform.Access.TrustAnchor)), TimeProvider.System.GetUtcNow()).Manifest!.Ingredients);
            Assert.Equal(("parentOf", parent), (ingredient.Relationship, ingredient.Title));
            Assert.Equal(finding is null ? [] : [finding], ingredient.RecordedFailures);
        }

        // A mask that is another picture is what the model looked at, with the credentials that it brought.
        var drawn = await Bring((await Made(new { prompt = "a white circle", format = "jpeg", size = "256x256", seed = 5 })).Bytes);
        var framed = await Made(new { prompt = "a green heart, flat style", format = "png", image = Id(sound), mask = Id(drawn) });
        var path = OfficialVerifier.Write(folder, "framed.png", framed.Bytes);
        Assert.Equal(["pass"], await OfficialVerifier.Judge(system.Repository, system.Platform.Access.TrustAnchor, [path]));
        var ingredients = Provenance.ContentCredentials.Verify(framed.Bytes, Provenance.TrustAnchors.FromPem(await File.ReadAllTextAsync(system.Platform.Access.TrustAnchor)), TimeProvider.System.GetUtcNow()).Manifest!.Ingredients;
        Assert.Equal([("parentOf", Id(sound)), ("inputTo", Id(drawn))], ingredients.Select(each => (each.Relationship, each.Title)));
        Directory.Delete(folder, recursive: true);

        async Task<(string Asset, byte[] Bytes)> Made(object wish)
        {
            var asset = (await client.Output(await client.PostJob(wish))).GetProperty("id").GetString()!;
            return (asset, (await client.Get($"/v1/assets/{asset}/content")).Bytes);
        }

        async Task<global::System.Text.Json.JsonElement> Bring(byte[] file)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/inputs") { Content = new ByteArrayContent(file) { Headers = { ContentType = new("image/jpeg") } } };
            return (await client.Ask(request)).Body;
        }

        static string Id(global::System.Text.Json.JsonElement input) => input.GetProperty("id").GetString()!;
        static string State(global::System.Text.Json.JsonElement input) => input.GetProperty("credential").GetProperty("state").GetString()!;
    }

    /// <summary>The file with one bit of its picture changed, so that it can still be opened: not every change of a JPEG can.</summary>
    private static byte[] Tampered(byte[] file)
    {
        for (var from = 30; ; from++)
        {
            var changed = file.ToArray();
            changed[^from] ^= 1;
            if (ImageDecoder.Decode(changed) is DecodeResult.Decoded) return changed;
        }
    }
}
