using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Vitrine.Media;

namespace Vitrine.System.Tests;

/// <summary>What a stranger without a key learns of a picture that has left the platform.</summary>
[Collection(SystemCollection.Name)]
public sealed class VerifyTests(SystemFixture system)
{
    [Fact]
    public async Task A_picture_is_known_as_it_left_and_also_stripped_and_compressed_and_by_its_look_when_halved_too_and_a_changed_file_is_told_as_tampered()
    {
        using var client = system.Client(system.ApiKey);
        var job = await client.End((await client.PostJob(new { prompt = "a red fox, sticker", size = "512x512" })).Body.GetProperty("id").GetString()!);
        var asset = job.GetProperty("assets")[0].GetProperty("id").GetString();
        var file = (await client.Get($"/v1/assets/{asset}/content")).Bytes;
        var manifest = (await client.Get($"/v1/assets/{asset}")).Body.GetProperty("manifest").GetString();

        var whole = await Verify(file, "image/png");
        var stripped = await Verify(Compressed(file), "image/jpeg");
        var halved = await Verify(Halved(file), "image/jpeg");
        file[^30] ^= 1;
        var changed = await Verify(file, "image/png");

        Assert.True(whole.GetProperty("credential").GetProperty("state").GetString() == "trusted", $"The file was not trusted as it left: {whole}");
        Assert.Equal(manifest, whole.GetProperty("credential").GetProperty("picture").GetProperty("manifest").GetString());
        Assert.Equal("none", stripped.GetProperty("credential").GetProperty("state").GetString());
        foreach (var verified in new[] { whole, stripped })
        {
            Assert.True(verified.GetProperty("watermark").GetProperty("found").GetBoolean(), $"No watermark was found: {verified}");
            Assert.True(verified.GetProperty("watermark").GetProperty("looks_alike").GetBoolean());
            Assert.True(verified.GetProperty("perceptual_match").GetProperty("found").GetBoolean(), $"Nothing looked the same: {verified}");
            Assert.Equal(manifest, verified.GetProperty("watermark").GetProperty("picture").GetProperty("manifest").GetString());
            Assert.Equal(manifest, verified.GetProperty("perceptual_match").GetProperty("picture").GetProperty("manifest").GetString());
            foreach (var personal in new[] { "red fox", system.Tenant + "\"", system.Project + "\"", job.GetProperty("id").GetString()! })
                Assert.DoesNotContain(personal, verified.GetRawText(), StringComparison.OrdinalIgnoreCase);
        }
        // Half the size and JPEG 60 together take the watermark away from some pictures, this one among them; the look remains.
        Assert.Equal(manifest, halved.GetProperty("perceptual_match").GetProperty("picture").GetProperty("manifest").GetString());
        Assert.Equal("tampered", changed.GetProperty("credential").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_tenants_own_signer_is_trusted_by_verify_and_in_bundles_also_after_its_root_was_replaced_and_an_imitator_is_not()
    {
        var tenant = await system.NewTenant();
        using var brand = system.Client(tenant.ApiKey);
        using var auditor = system.Client(await system.AuditKey(tenant.Id));
        var pki = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(system.Platform.Access.TrustAnchor)!, tenant.Id)).FullName;
        var made = new List<(string Asset, byte[] File, string Signer)>();
        foreach (var organisation in new[] { "Brand Inc", "Brand Renewed Inc" })
        {
            var chain = Provenance.DevelopmentChain.Create(organisation, TimeProvider.System.GetUtcNow());
            foreach (var (name, text) in new[] { ("root.pem", chain.RootPem), ("chain.pem", chain.ChainPem), ("leaf.key", chain.LeafKeyPem) }) await File.WriteAllTextAsync(Path.Combine(pki, name), text);
            var asset = "";
            byte[] file = [];
            // Files that change are read again within a second.
            await Wire.Eventually(async () =>
            {
                asset = (await brand.Output(await brand.PostJob(new { prompt = "a blue boat", size = "64x64" }))).GetProperty("id").GetString()!;
                file = (await brand.Get($"/v1/assets/{asset}/content")).Bytes;
                return Provenance.ContentCredentials.Verify(file, Provenance.TrustAnchors.None, TimeProvider.System.GetUtcNow()).Manifest!.SignerOrganisation == organisation;
            }, () => $"{organisation} signs");
            made.Add((asset, file, organisation));
        }

        foreach (var (asset, file, signer) in made)
        {
            var credential = (await Verify(file, "image/png")).GetProperty("credential");
            Assert.Equal(("trusted", signer), (credential.GetProperty("state").GetString(), credential.GetProperty("signer").GetString()));
            Assert.True(credential.TryGetProperty("picture", out _), $"Verify tells no record: {credential}");
            var bundle = await auditor.GetByteArrayAsync($"/v1/assets/{asset}/bundle");
            var verdict = Provenance.Ledger.BundleVerifier.Verify(bundle, new(null, null, null, null, TimeProvider.System.GetUtcNow().AddDays(1000)));
            Assert.Empty(verdict.Failures);
            Assert.Contains(verdict.Notes, note => note.Contains($"signed by {signer} under a root that is the bundle's own", StringComparison.Ordinal));
        }

        // Somebody who signs with the same manifest's name is not the tenant.
        var (_, original, _) = made[0];
        var label = Provenance.ContentCredentials.Verify(original, Provenance.TrustAnchors.None, TimeProvider.System.GetUtcNow()).Manifest!.Label;
        var imitator = Provenance.DevelopmentChain.Create("Brand Inc", TimeProvider.System.GetUtcNow());
        using var signing = new Provenance.EcdsaClaimSigner(imitator.ChainPem, imitator.LeafKeyPem);
        var imitation = Provenance.ContentCredentials.Sign(ImageEncoder.Encode(Landscape(64, 64), 64, 64, ImageFormat.Png, 100), new Provenance.CredentialDescription(
            label["urn:c2pa:".Length..], TimeProvider.System.GetUtcNow(), "Vitrine", "1", "model", "1", "sha256:" + new string('a', 64), Provenance.DigitalSourceType.TrainedAlgorithmicMedia, null, DoNotTrain: true), signing);
        var imitated = (await Verify(imitation, "image/png")).GetProperty("credential");
        Assert.Equal((label, "valid"), (imitated.GetProperty("manifest").GetString(), imitated.GetProperty("state").GetString()));
        Assert.False(imitated.TryGetProperty("picture", out _));
    }

    [Fact]
    public async Task A_picture_from_elsewhere_is_known_by_nothing()
    {
        var foreign = await Verify(ImageEncoder.Encode(Landscape(320, 240), 320, 240, ImageFormat.Jpeg, 85), "image/jpeg");

        Assert.Equal("none", foreign.GetProperty("credential").GetProperty("state").GetString());
        Assert.False(foreign.GetProperty("watermark").GetProperty("found").GetBoolean());
        Assert.False(foreign.GetProperty("perceptual_match").GetProperty("found").GetBoolean());
    }

    [Fact]
    public async Task A_program_that_speaks_c2pa_finds_the_manifest_of_a_stripped_picture_by_its_content_and_gets_the_store_that_the_file_has()
    {
        using var client = system.Client(system.ApiKey);
        var job = await client.End((await client.PostJob(new { prompt = "a green tree, sticker", size = "512x512" })).Body.GetProperty("id").GetString()!);
        var asset = job.GetProperty("assets")[0].GetProperty("id").GetString();
        var file = (await client.Get($"/v1/assets/{asset}/content")).Bytes;
        var manifest = (await client.Get($"/v1/assets/{asset}")).Body.GetProperty("manifest").GetString();
        using var stranger = new HttpClient { BaseAddress = system.Gateway };

        using var content = new ByteArrayContent(Compressed(file)) { Headers = { ContentType = new MediaTypeHeaderValue("image/jpeg") } };
        using var found = await stranger.PostAsync("/v1/matches/byContent", content);
        var matches = JsonDocument.Parse(await found.Content.ReadAsStringAsync()).RootElement.GetProperty("matches");
        var store = await stranger.GetByteArrayAsync("/v1/manifests/" + manifest);

        Assert.Equal([manifest], matches.EnumerateArray().Select(match => match.GetProperty("manifestId").GetString()));
        Assert.True(store.Length > 1000 && file.AsSpan().IndexOf(store) > 0, "The store is not that of the file.");
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync("/v1/manifests/urn:c2pa:" + Guid.Empty.ToString("D"))).StatusCode);
    }

    private async Task<JsonElement> Verify(byte[] file, string type)
    {
        using var stranger = new HttpClient { BaseAddress = system.Gateway };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/verify") { Content = new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue(type) } } };
        var answer = await stranger.Ask(request);
        Assert.True(answer.Status == HttpStatusCode.OK, $"Verify answered {(int)answer.Status}: {answer.Body}");
        return answer.Body;
    }

    /// <summary>JPEG without metadata.</summary>
    private static byte[] Compressed(byte[] file)
    {
        var image = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(file)).Image;
        return ImageEncoder.Encode(image.ToRgb(), image.Width, image.Height, ImageFormat.Jpeg, 60);
    }

    /// <summary>What a network may make of it: half the size, JPEG, no metadata.</summary>
    private static byte[] Halved(byte[] file)
    {
        var image = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(file)).Image;
        var (rgb, width, height) = (image.ToRgb(), image.Width / 2, image.Height / 2);
        var half = new byte[width * height * 3];
        for (int y = 0, i = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var channel = 0; channel < 3; channel++, i++)
                {
                    var at = (2 * y * image.Width + 2 * x) * 3 + channel;
                    half[i] = (byte)((rgb[at] + rgb[at + 3] + rgb[at + image.Width * 3] + rgb[at + image.Width * 3 + 3] + 2) / 4);
                }
        return ImageEncoder.Encode(half, width, height, ImageFormat.Jpeg, 60);
    }

    // Sky over hills, with the grain of a sensor.
    private static byte[] Landscape(int width, int height)
    {
        var random = new Random(20_261_129);
        var rgb = new byte[width * height * 3];
        for (int y = 0, i = 0; y < height; y++)
            for (var x = 0; x < width; x++, i += 3)
            {
                var isSky = y < height * (0.5 + 0.12 * Math.Sin(x * 0.021) + 0.05 * Math.Sin(x * 0.083));
                var (red, green, blue) = isSky ? (120 + y / 3, 160 + y / 4, 230) : (70 + (int)(25 * Math.Sin(x * 0.11 + y * 0.05)), 100 + y / 5, 50);
                var grain = random.Next(-6, 7);
                (rgb[i], rgb[i + 1], rgb[i + 2]) = ((byte)Math.Clamp(red + grain, 0, 255), (byte)Math.Clamp(green + grain, 0, 255), (byte)Math.Clamp(blue + grain, 0, 255));
            }
        return rgb;
    }
}
