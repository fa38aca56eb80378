using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Gateway.Tests.Verify;

public sealed class VerifyTests(VerifyGateway gateway) : IClassFixture<VerifyGateway>
{
    private const int Side = 256;

    [Fact]
    public async Task A_picture_whose_metadata_was_stripped_is_known_by_its_watermark_and_by_its_look_and_nothing_of_its_tenant_is_told()
    {
        var id = new WatermarkId(0x1234_5678_9abc);
        var marked = new Watermark(new WatermarkKey(VerifyGateway.Secret)).Embed(Picture(1), Side, Side, id);
        var origin = Origin("urn:c2pa:10000000-0000-4000-8000-000000000001", Pdq.Read(marked, Side, Side).Hash);
        gateway.World.OriginsByWatermark[id.ToString()] = origin;
        gateway.World.Origins.Add(origin);

        var (status, body) = await Verify(ImageEncoder.Encode(marked, Side, Side, ImageFormat.Png, 100), "image/png");

        Assert.Equal(200, status);
        Assert.Equal("none", body.GetProperty("credential").GetProperty("state").GetString());
        Assert.True(body.GetProperty("watermark").GetProperty("found").GetBoolean());
        Assert.True(body.GetProperty("watermark").GetProperty("looks_alike").GetBoolean());
        Assert.True(body.GetProperty("perceptual_match").GetProperty("found").GetBoolean());
        foreach (var finding in new[] { "watermark", "perceptual_match" })
        {
            var picture = body.GetProperty(finding).GetProperty("picture");
            Assert.Equal(origin.Manifest, picture.GetProperty("manifest").GetString());
            Assert.Equal(["in_signed_checkpoint", "made_at", "made_by", "manifest", "model", "model_digest", "model_version"], picture.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        }
        Assert.DoesNotContain("secret-brand", body.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(origin.Sha256, body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mark_that_was_copied_onto_another_picture_is_found_and_does_not_look_alike()
    {
        var id = new WatermarkId(0x0000_0000_0042);
        gateway.World.OriginsByWatermark[id.ToString()] = Origin("urn:c2pa:10000000-0000-4000-8000-000000000002", Pdq.Read(Picture(2), Side, Side).Hash);
        var forged = new Watermark(new WatermarkKey(VerifyGateway.Secret)).Embed(Picture(3), Side, Side, id);

        var (_, body) = await Verify(ImageEncoder.Encode(forged, Side, Side, ImageFormat.Png, 100), "image/png");

        Assert.True(body.GetProperty("watermark").GetProperty("found").GetBoolean());
        Assert.False(body.GetProperty("watermark").GetProperty("looks_alike").GetBoolean());
        Assert.False(body.GetProperty("perceptual_match").GetProperty("found").GetBoolean());
    }

    [Fact]
    public async Task A_mark_that_reads_as_an_id_which_was_never_given_out_is_no_finding()
    {
        var misread = new Watermark(new WatermarkKey(VerifyGateway.Secret)).Embed(Picture(4), Side, Side, new WatermarkId(0x0fed_cba9_8765));

        var (_, body) = await Verify(ImageEncoder.Encode(misread, Side, Side, ImageFormat.Png, 100), "image/png");

        Assert.Equal("""{"found":false}""", body.GetProperty("watermark").GetRawText());
    }

    [Theory]
    [InlineData(ImageFormat.Png, "image/png")]
    [InlineData(ImageFormat.Jpeg, "image/jpeg")]
    [InlineData(ImageFormat.Webp, "image/webp")]
    public async Task A_foreign_picture_is_known_by_nothing(ImageFormat format, string type)
    {
        var (status, body) = await Verify(ImageEncoder.Encode(Picture(100 + (int)format), Side, Side, format, 90), type);

        Assert.Equal((200, type), (status, body.GetProperty("media_type").GetString()));
        Assert.Equal("none", body.GetProperty("credential").GetProperty("state").GetString());
        Assert.Equal("""{"found":false}""", body.GetProperty("watermark").GetRawText());
        Assert.Equal("""{"found":false,"comparable":true}""", body.GetProperty("perceptual_match").GetRawText());
    }

    [Fact]
    public async Task A_signed_file_is_trusted_and_the_same_file_with_one_bit_changed_is_tampered_and_says_by_which_code()
    {
        var file = Signed(gateway.Chain, 4);
        var (_, whole) = await Verify(file, "image/png");
        file[^30] ^= 1;
        var (status, changed) = await Verify(file, "image/png");

        Assert.Equal(("trusted", "Signers Inc"), (whole.GetProperty("credential").GetProperty("state").GetString(), whole.GetProperty("credential").GetProperty("signer").GetString()));
        Assert.Empty(whole.GetProperty("credential").GetProperty("findings").EnumerateArray());
        Assert.Equal((200, "tampered"), (status, changed.GetProperty("credential").GetProperty("state").GetString()));
        Assert.Contains("assertion.dataHash.mismatch", changed.GetProperty("credential").GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("code").GetString()));
        Assert.False(changed.GetProperty("credential").TryGetProperty("signer", out _));
    }

    [Fact]
    public async Task A_file_of_a_signer_whom_nobody_here_knows_is_valid_and_not_trusted()
    {
        var (_, body) = await Verify(Signed(DevelopmentChain.Create("Strangers Inc", TimeProvider.System.GetUtcNow()), 5), "image/png");

        Assert.Equal("valid", body.GetProperty("credential").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_file_of_a_tenants_own_signer_is_trusted_for_the_tenants_own_record_and_for_no_other()
    {
        var (own, stranger) = (DevelopmentChain.Create("Brand Inc", TimeProvider.System.GetUtcNow()), DevelopmentChain.Create("Forgers Inc", TimeProvider.System.GetUtcNow()));
        var (file, forged) = (Signed(own, 8), Signed(stranger, 9));
        foreach (var each in new[] { file, forged })
        {
            var manifest = ContentCredentials.Verify(each, TrustAnchors.None, TimeProvider.System.GetUtcNow()).Manifest!.Label;
            gateway.World.Origins.Add(Origin(manifest, Pdq.Read(Picture(23), Side, Side).Hash));
            gateway.World.AnchorsByManifest[manifest] = new AnchorsView(own.RootPem, "");
        }

        var (_, known) = await Verify(file, "image/png");
        var (_, unknown) = await Verify(forged, "image/png");
        file[^30] ^= 1;
        var (_, changed) = await Verify(file, "image/png");

        Assert.Equal(("trusted", "Brand Inc"), (known.GetProperty("credential").GetProperty("state").GetString(), known.GetProperty("credential").GetProperty("signer").GetString()));
        Assert.True(known.GetProperty("credential").TryGetProperty("picture", out _));
        Assert.Equal("valid", unknown.GetProperty("credential").GetProperty("state").GetString());
        Assert.False(unknown.GetProperty("credential").TryGetProperty("picture", out _));
        Assert.Equal("tampered", changed.GetProperty("credential").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_file_whose_signer_s_certificate_has_ended_is_expired_and_nobody_is_said_to_have_changed_it()
    {
        var (_, body) = await Verify(Signed(DevelopmentChain.Create("Signers Inc", TimeProvider.System.GetUtcNow().AddDays(-800)), 9), "image/png");

        Assert.Equal("expired", body.GetProperty("credential").GetProperty("state").GetString());
        Assert.StartsWith("The file is as it was signed", body.GetProperty("credential").GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.False(body.GetProperty("credential").TryGetProperty("signer", out _));
    }

    [Fact]
    public async Task A_form_with_a_file_is_read_whatever_the_file_is_called()
    {
        using var form = new MultipartFormDataContent { { new StringContent("ignored"), "note" } };
        form.Add(new ByteArrayContent(ImageEncoder.Encode(Picture(6), Side, Side, ImageFormat.Png, 100)), "file", "../../CON.png");
        using var answer = await gateway.Client.PostAsync("/v1/verify", form);

        Assert.Equal(200, (int)answer.StatusCode);
    }

    public static TheoryData<string, string?, byte[], int> NoPictures => new()
    {
        { "nothing", "image/png", [], 422 },
        { "one byte", "image/png", [1], 422 },
        { "a megabyte of chance", "application/octet-stream", Chance(1 << 20), 422 },
        { "a web page", "image/png", "<html><script>alert(1)</script></html>"u8.ToArray(), 422 },
        { "a drawing with a script", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"u8.ToArray(), 422 },
        { "an animation of another format", "image/gif", "GIF89a\x01\x00\x01\x00"u8.ToArray(), 422 },
        { "a picture of two thousand million pixels a side", "image/png", HugePng(int.MaxValue), 422 },
        { "a picture of 400 million pixels", "image/png", HugePng(20_000), 422 },
        { "half a picture", "image/png", ImageEncoder.Encode(Picture(7), Side, Side, ImageFormat.Png, 100)[..5000], 422 },
        { "no type", null, [1, 2, 3], 415 },
        { "a type that is none", "nonsense", [1, 2, 3], 415 },
        { "text", "text/plain", "hello"u8.ToArray(), 415 },
        { "a form without a boundary", "multipart/form-data", "x"u8.ToArray(), 400 },
        { "a form that is none", "multipart/form-data; boundary=b", "x"u8.ToArray(), 400 },
        { "a form without the file", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n"u8.ToArray(), 400 },
        { "a form that ends early", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx"u8.ToArray(), 400 },
        { "a list", "application/json", "[]"u8.ToArray(), 400 },
        { "an object without an address", "application/json", "{}"u8.ToArray(), 422 },
        { "an object with more than an address", "application/json", "{\"url\":\"https://example.org/a.png\",\"tenant\":\"acme\"}"u8.ToArray(), 422 },
        { "an address of 2,049 characters", "application/json", Encoding.ASCII.GetBytes($"{{\"url\":\"https://example.org/{new string('a', 2029)}\"}}"), 422 },
        { "21 MiB", "image/png", new byte[21 << 20], 413 },
    };

    // Not told apart at discovery: xunit would write every byte of the large ones down as a value of its own, which takes gigabytes.
    [Theory, MemberData(nameof(NoPictures), DisableDiscoveryEnumeration = true)]
    public async Task What_is_no_picture_is_refused_in_words(string what, string? type, byte[] bytes, int expected)
    {
        using var content = new ByteArrayContent(bytes);
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);
        // Who sends much asks first (RFC 9110, 10.1.1): a server that refuses a body need not read it, and closing on one that is still being sent can cost the answer.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/verify") { Content = content };
        request.Headers.ExpectContinue = true;
        using var answer = await gateway.Client.SendAsync(request);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.True(expected == (int)answer.StatusCode, $"{what} was answered with {(int)answer.StatusCode}: {problem}");
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task An_address_that_asks_too_often_is_told_when_to_come_again()
    {
        await using var strict = await VerifyGateway.Start(new World(), new() { ["Vitrine:VerificationsPerMinute"] = "1" });
        using var client = new HttpClient { BaseAddress = strict.Address };
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.7");
        using var first = await client.PostAsync("/v1/verify", new ByteArrayContent([1]));
        client.DefaultRequestHeaders.Remove("X-Forwarded-For");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.8");
        using var second = await client.PostAsync("/v1/verify", new ByteArrayContent([1]));

        Assert.Equal((415, 429), ((int)first.StatusCode, (int)second.StatusCode));
        Assert.InRange(int.Parse(Assert.Single(second.Headers.GetValues("Retry-After")), null), 1, 60);
    }

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere_and_its_policy_forbids_it_to()
    {
        using var answer = await gateway.Client.GetAsync("/verify");
        var html = await answer.Content.ReadAsStringAsync();

        Assert.Equal((200, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
    }

    private async Task<(int Status, JsonElement Body)> Verify(byte[] file, string type)
    {
        using var content = new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        using var answer = await gateway.Client.PostAsync("/v1/verify", content);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    internal static OriginView Origin(string manifest, PdqHash look) =>
        new(new TenantId("secret-brand"), new string('5', 64), DateTimeOffset.UnixEpoch, "sticker", "1", "sha256:" + new string('a', 64), manifest, look.ToString(), true);

    internal static byte[] Signed(DevelopmentCertificates chain, int seed) => ContentCredentials.Sign(
        ImageEncoder.Encode(Picture(seed), Side, Side, ImageFormat.Png, 100),
        new CredentialDescription("20000000-0000-4000-8000-00000000000" + seed, TimeProvider.System.GetUtcNow(), "Vitrine", "1", "sticker", "1", "sha256:" + new string('a', 64), DigitalSourceType.TrainedAlgorithmicMedia, null, true),
        new EcdsaClaimSigner(chain.ChainPem, chain.LeafKeyPem));

    /// <summary>Soft shapes of chance under the grain of a sensor, as a photograph has.</summary>
    internal static byte[] Picture(int seed)
    {
        var random = new Random(seed);
        var rgb = new byte[Side * Side * 3];
        var waves = Enumerable.Range(0, 24).Select(_ => (Down: random.NextDouble() * 0.12, Right: random.NextDouble() * 0.12, Phase: random.NextDouble() * 6.3, Channel: random.Next(4))).ToList();
        for (int y = 0, i = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
                for (var channel = 0; channel < 3; channel++, i++)
                    rgb[i] = (byte)Math.Clamp(128 + waves.Sum(wave => wave.Channel == channel || wave.Channel == 3 ? 26 * Math.Sin(wave.Down * y + wave.Right * x + wave.Phase) : 0) + random.Next(-5, 6), 0, 255);
        return rgb;
    }

    private static byte[] Chance(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    internal static byte[] HugePng(int side)
    {
        var file = ImageEncoder.Encode(new byte[3], 1, 1, ImageFormat.Png, 100);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), side);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), side);
        return file;
    }
}
