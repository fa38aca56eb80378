using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Gateway.Tests.Verify;

public sealed class SoftBindingsTests(VerifyGateway gateway) : IClassFixture<VerifyGateway>
{
    private const int Side = 256;

    [Fact]
    public async Task What_can_be_resolved_is_listed() => Assert.Equal(
        """{"watermarks":[{"alg":"io.vitrine.watermark.1"}],"fingerprints":[{"alg":"io.vitrine.pdq.1"}]}""", await gateway.Client.GetStringAsync("/v1/services/supportedAlgorithms"));

    [Fact]
    public async Task A_stripped_picture_leads_to_its_manifest_store_by_content_and_by_binding_and_nothing_of_its_tenant_is_told()
    {
        var id = new WatermarkId(0x1111_2222_3333);
        var marked = new Watermark(new WatermarkKey(VerifyGateway.Secret)).Embed(VerifyTests.Picture(21), Side, Side, id);
        var stripped = ImageEncoder.Encode(marked, Side, Side, ImageFormat.Png, 100);
        var (origin, file) = await Released(stripped, "21111111-0000-4000-8000-000000000021", marked);
        gateway.World.OriginsByWatermark[id.ToString()] = origin;

        var byContent = await Matches(await Post("/v1/matches/byContent", stripped));
        var byMark = await Matches(await gateway.Client.GetAsync(Query(Watermark.Algorithm, id.ToString())));
        var byLook = await Matches(await gateway.Client.PostAsJsonAsync("/v1/matches/byBinding?maxResults=1", new { alg = "io.vitrine.pdq.1", value = Base64(origin.Pdq!) }));

        Assert.Equal($$"""[{"manifestId":"{{origin.Manifest}}"}]""", byContent.GetRawText());
        Assert.Equal($$"""[{"manifestId":"{{origin.Manifest}}"}]""", byMark.GetRawText());
        Assert.Equal($$"""[{"manifestId":"{{origin.Manifest}}","similarityScore":100}]""", byLook.GetRawText());

        using var answer = await gateway.Client.GetAsync("/v1/manifests/" + origin.Manifest);
        var store = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal("application/c2pa", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(ManifestStoreBytes.Of(file), store);
        Assert.True(file.AsSpan().IndexOf(store) > 0, "The store is not the one in the file.");
        Assert.Equal(-1, store.AsSpan().IndexOf("soft-binding-brand"u8));
        using var escaped = await gateway.Client.GetAsync("/v1/manifests/" + Uri.EscapeDataString(origin.Manifest));
        Assert.Equal(200, (int)escaped.StatusCode);
    }

    [Fact]
    public async Task The_active_manifest_alone_is_a_store_without_its_ingredients()
    {
        var first = VerifyTests.Signed(gateway.Chain, 7);
        var parent = CredentialIngredient.TakeIn(first, IngredientRole.Parent, "first", TrustAnchors.FromPem(gateway.Chain.RootPem), TimeProvider.System.GetUtcNow());
        var (origin, _) = await Released(VerifyTests.Signed(gateway.Chain, 8), "21111111-0000-4000-8000-000000000022", VerifyTests.Picture(8), parent);

        var whole = await gateway.Client.GetByteArrayAsync("/v1/manifests/" + origin.Manifest + "?returnActiveManifest=false");
        var active = await gateway.Client.GetByteArrayAsync("/v1/manifests/" + origin.Manifest + "?returnActiveManifest=true");

        Assert.True(active.Length < whole.Length, $"{active.Length} of {whole.Length} bytes");
        Assert.True(whole.AsSpan().IndexOf(active.AsSpan(8 + 8 + 16 + 1 + 5)) > 0, "The active manifest is not that of the store, byte for byte.");
        Assert.True(whole.AsSpan().IndexOf("urn:c2pa:20000000-0000-4000-8000-000000000007"u8) > 0);
    }

    [Fact]
    public async Task What_nobody_here_made_matches_nothing_and_a_manifest_whose_file_is_gone_is_unknown()
    {
        Assert.Empty((await Matches(await Post("/v1/matches/byContent", ImageEncoder.Encode(VerifyTests.Picture(400), Side, Side, ImageFormat.Png, 100)))).EnumerateArray());
        Assert.Empty((await Matches(await gateway.Client.GetAsync(Query(Watermark.Algorithm, "0123456789ab")))).EnumerateArray());
        Assert.Equal(404, (int)(await gateway.Client.GetAsync("/v1/manifests/urn:c2pa:21111111-0000-4000-8000-00000000dead")).StatusCode);
        gateway.World.Origins.Add(VerifyTests.Origin("urn:c2pa:21111111-0000-4000-8000-00000000beef", Pdq.Read(VerifyTests.Picture(401), Side, Side).Hash));
        Assert.Equal(404, (int)(await gateway.Client.GetAsync("/v1/manifests/urn:c2pa:21111111-0000-4000-8000-00000000beef")).StatusCode);
    }

    [Fact]
    public async Task A_content_query_for_one_algorithm_uses_no_other()
    {
        var picture = VerifyTests.Picture(23);
        gateway.World.Origins.Add(VerifyTests.Origin("urn:c2pa:21111111-0000-4000-8000-000000000023", Pdq.Read(picture, Side, Side).Hash));
        var file = ImageEncoder.Encode(picture, Side, Side, ImageFormat.Png, 100);

        Assert.Single((await Matches(await Post("/v1/matches/byContent?alg=io.vitrine.pdq.1", file))).EnumerateArray());
        Assert.Empty((await Matches(await Post("/v1/matches/byContent?alg=" + Watermark.Algorithm, file))).EnumerateArray());
        // A hint leads on even where the picture tells nothing, and one of a foreign algorithm is passed over.
        var plain = ImageEncoder.Encode(new byte[Side * Side * 3], Side, Side, ImageFormat.Png, 100);
        Assert.Single((await Matches(await Post($"/v1/matches/byContent?hintAlg=io.vitrine.pdq.1&hintValue={Uri.EscapeDataString(Base64(Pdq.Read(picture, Side, Side).Hash.ToString()))}", plain))).EnumerateArray());
        Assert.Empty((await Matches(await Post("/v1/matches/byContent?hintAlg=com.example.other&hintValue=AA==", plain))).EnumerateArray());
    }

    [Theory]
    [InlineData("/v1/matches/byBinding")]
    [InlineData("/v1/matches/byBinding?alg=io.vitrine.watermark.1")]
    [InlineData("/v1/matches/byBinding?value=AA==")]
    [InlineData("/v1/matches/byBinding?alg=com.adobe.trustmark.P&value=AA==")]
    [InlineData("/v1/matches/byBinding?alg=io.vitrine.watermark.1&value=not base64")]
    [InlineData("/v1/matches/byBinding?alg=io.vitrine.watermark.1&value=AA==")]
    [InlineData("/v1/matches/byBinding?alg=io.vitrine.pdq.1&value=MDEyMzQ1Njc4OWFi")]
    [InlineData("/v1/matches/byBinding?alg=io.vitrine.watermark.1&value=MDEyMzQ1Njc4OWFi&maxResults=0")]
    [InlineData("/v1/matches/byBinding?alg=io.vitrine.watermark.1&value=MDEyMzQ1Njc4OWFi&tenant=acme")]
    [InlineData("/v1/manifests/nonsense")]
    [InlineData("/v1/manifests/urn:c2pa:nonsense")]
    [InlineData("/v1/manifests/..%2f..%2fetc")]
    [InlineData("/v1/manifests/urn:c2pa:21111111-0000-4000-8000-000000000021?returnActiveManifest=yes")]
    public async Task A_query_that_cannot_be_read_is_refused_as_the_api_says(string path)
    {
        using var answer = await gateway.Client.GetAsync(path);
        Assert.Equal((400, "application/problem+json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task A_content_query_refuses_what_is_no_picture_and_never_fetches_an_address()
    {
        Assert.Equal(415, (int)(await gateway.Client.PostAsJsonAsync("/v1/matches/byContent", new { url = "https://example.org/a.png" })).StatusCode);
        Assert.Equal(415, (int)(await Post("/v1/matches/byContent", "hello"u8.ToArray(), "text/plain")).StatusCode);
        Assert.Equal(422, (int)(await Post("/v1/matches/byContent", "hello"u8.ToArray())).StatusCode);
        Assert.Equal(422, (int)(await Post("/v1/matches/byContent", VerifyTests.HugePng(20_000))).StatusCode);
        Assert.Equal(400, (int)(await Post("/v1/matches/byContent?alg=com.example.other", [1])).StatusCode);
        Assert.Equal(400, (int)(await gateway.Client.PostAsJsonAsync("/v1/matches/byBinding", new { alg = "io.vitrine.pdq.1" })).StatusCode);
        Assert.Equal(400, (int)(await gateway.Client.PostAsync("/v1/matches/byBinding", new StringContent("[", Encoding.UTF8, "application/json"))).StatusCode);
    }

    [Fact]
    public async Task All_questions_of_an_address_count_together()
    {
        await using var strict = await VerifyGateway.Start(new World(), new() { ["Vitrine:VerificationsPerMinute"] = "1" });
        using var client = new HttpClient { BaseAddress = strict.Address };
        Assert.Equal(400, (int)(await client.GetAsync("/v1/matches/byBinding")).StatusCode);
        using var second = await client.GetAsync("/v1/manifests/urn:c2pa:21111111-0000-4000-8000-000000000021");
        Assert.Equal(429, (int)second.StatusCode);
        Assert.True(second.Headers.Contains("Retry-After"));
    }

    /// <summary>A signed file in the blob store, and its public record.</summary>
    private async Task<(OriginView Origin, byte[] File)> Released(byte[] file, string manifestId, byte[] pixels, CredentialIngredient? parent = null)
    {
        var description = new CredentialDescription(manifestId, TimeProvider.System.GetUtcNow(), "Vitrine", "1", "sticker", "1", "sha256:" + new string('a', 64),
            parent is null ? DigitalSourceType.TrainedAlgorithmicMedia : DigitalSourceType.CompositeWithTrainedAlgorithmicMedia, null, true) { Ingredients = parent is null ? [] : [parent] };
        var signed = ContentCredentials.Sign(file, description, new EcdsaClaimSigner(gateway.Chain.ChainPem, gateway.Chain.LeafKeyPem));
        await gateway.Blobs.Put("soft-binding-brand", signed, CancellationToken.None);
        var origin = VerifyTests.Origin(description.ManifestLabel, Pdq.Read(pixels, Side, Side).Hash) with { Tenant = new TenantId("soft-binding-brand"), Sha256 = Convert.ToHexStringLower(SHA256.HashData(signed)) };
        gateway.World.Origins.Add(origin);
        return (origin, signed);
    }

    private async Task<HttpResponseMessage> Post(string path, byte[] bytes, string type = "image/png")
    {
        using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        return await gateway.Client.PostAsync(path, content);
    }

    private static async Task<JsonElement> Matches(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("matches");
    }

    private static string Query(string algorithm, string value) => $"/v1/matches/byBinding?alg={algorithm}&value={Uri.EscapeDataString(Base64(value))}";
    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
