using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;

namespace Vitrine.Gateway.Tests.Inputs;

/// <summary>Pictures that are brought, over HTTP. What becomes of them is tested with the silo.</summary>
[Collection(nameof(GatewayFixture))]
public class InputsApiTests(GatewayFixture fixture)
{
    private static readonly byte[] Picture = ImageEncoder.Encode(new byte[8 * 16 * 3], 8, 16, ImageFormat.Png, 100);

    internal static InputView Input(string id, string? sha256 = null) => new(
        id, "ada", "k", sha256 ?? new string('a', 64), "image/png", Picture.Length, 8, 16, InputCredential.None, null, [], DateTimeOffset.UnixEpoch, 1);

    [Theory, InlineData("body"), InlineData("form")]
    public async Task A_picture_is_brought_read_and_deleted(string how)
    {
        var brand = fixture.World["inputs-" + how];
        var client = fixture.Client(brand.Issue(Scopes.Generate | Scopes.Read, user: "ada"));

        using var brought = await client.PostAsync("/v1/inputs", how == "body" ? Bytes(Picture, "image/png") : new MultipartFormDataContent { { Bytes(Picture, "image/png"), "file", "../../a secret name.png" } });
        var body = await GatewayFixture.Body(brought);
        var id = body.GetProperty("id").GetString()!;

        Assert.Equal((201, $"/v1/inputs/{id}", "tampered"), ((int)brought.StatusCode, brought.Headers.Location!.ToString(), body.GetProperty("credential").GetProperty("state").GetString()));
        Assert.Equal("assertion.dataHash.mismatch", body.GetProperty("credential").GetProperty("findings")[0].GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Picture)), body.GetProperty("sha256").GetString());
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
        // The same bytes again are the same input, and nothing new.
        using var again = await client.PostAsync("/v1/inputs", Bytes(Picture, "image/png"));
        Assert.Equal((200, id), ((int)again.StatusCode, (await GatewayFixture.Body(again)).GetProperty("id").GetString()));

        using var content = await client.GetAsync($"/v1/inputs/{id}/content");
        Assert.Equal(Picture, await content.Content.ReadAsByteArrayAsync());
        Assert.Equal(("default-src 'none'; sandbox", "nosniff"), (Assert.Single(content.Headers.GetValues("Content-Security-Policy")), Assert.Single(content.Headers.GetValues("X-Content-Type-Options"))));
        using var range = new HttpRequestMessage(HttpMethod.Get, $"/v1/inputs/{id}/content") { Headers = { Range = new RangeHeaderValue(1, 3) } };
        using var part = await client.SendAsync(range);
        Assert.Equal(206, (int)part.StatusCode);
        Assert.Equal(Picture[1..4], await part.Content.ReadAsByteArrayAsync());

        Assert.True((await GatewayFixture.Body(await client.DeleteAsync($"/v1/inputs/{id}"))).TryGetProperty("deleted_at", out _));
        using var gone = await client.GetAsync($"/v1/inputs/{id}/content");
        Assert.Equal((410, "deleted"), ((int)gone.StatusCode, (await GatewayFixture.Body(gone)).GetProperty("code").GetString()));
        Assert.True((await GatewayFixture.Body(await client.GetAsync($"/v1/inputs/{id}"))).TryGetProperty("deleted_at", out _));
    }

    [Fact]
    public async Task What_is_no_picture_or_too_much_of_one_is_refused_in_words_and_nothing_is_stored()
    {
        var brand = fixture.World["inputs-bad"];
        var client = fixture.Client(brand.Issue(Scopes.Generate | Scopes.Read));
        var bomb = Picture.ToArray();
        bomb[16] = 0x7f; // A width of two thousand million pixels.

        await Refused(Bytes("<svg/>"u8.ToArray(), "image/svg+xml"), 422, "invalid_image");
        await Refused(Bytes(bomb, "image/png"), 422, null);
        await Refused(Bytes(Picture[..20], "image/png"), 422, "invalid_image");
        await Refused(Bytes([], "image/png"), 422, "invalid_image");
        await Refused(new StringContent("hello"), 415, "unsupported_media_type");
        await Refused(GatewayFixture.Json("""{"url":"http://169.254.169.254/latest"}"""), 422, "url_not_allowed");
        await Refused(GatewayFixture.Json("""{"url":7}"""), 422, "validation_failed");
        await Refused(new MultipartFormDataContent { { Bytes(Picture, "image/png"), "picture" } }, 400, "invalid_multipart");
        await Refused(Bytes(new byte[SubmittedPictures.MostBytes + 1], "image/png"), 413, "payload_too_large");
        Assert.Equal(422, (int)(await client.PostAsync("/v1/jobs", GatewayFixture.Json("""{"prompt":"a fox","project":"p","image":"input_x"}"""))).StatusCode);
        Assert.Empty(brand.Inputs);
        await foreach (var blob in fixture.Blobs.List("inputs-bad", CancellationToken.None)) Assert.Fail($"{blob} was stored.");

        async Task Refused(HttpContent content, int status, string? code)
        {
            using var answer = await client.PostAsync("/v1/inputs", content);
            var body = await GatewayFixture.Body(answer);
            Assert.Equal((status, code ?? body.GetProperty("code").GetString()), ((int)answer.StatusCode, body.GetProperty("code").GetString()));
        }
    }

    [Fact]
    public async Task A_tenant_that_keeps_too_many_and_a_picture_that_cannot_be_decoded_are_told_so()
    {
        var brand = fixture.World["inputs-full"];
        var client = fixture.Client(brand.Issue(Scopes.Generate));
        brand.InputRefusal = new Refusal(Refused.InputsFull, "Delete some.");
        using var full = await client.PostAsync("/v1/inputs", Bytes(Picture, "image/png"));
        Assert.Equal((HttpStatusCode.TooManyRequests, "input_storage_full", "false"),
            (full.StatusCode, (await GatewayFixture.Body(full)).GetProperty("code").GetString(), Assert.Single(full.Headers.GetValues("x-should-retry"))));
        brand.InputRefusal = new Refusal(Refused.InvalidValue, "It is damaged.", "file");
        using var damaged = await client.PostAsync("/v1/inputs", Bytes(Picture, "image/png"));
        Assert.Equal((422, "invalid_image"), ((int)damaged.StatusCode, (await GatewayFixture.Body(damaged)).GetProperty("code").GetString()));
    }

    [Fact]
    public void No_tenant_takes_all_the_room_for_pictures_that_are_being_brought()
    {
        using var uploads = new InputUploads();
        var held = Enumerable.Range(0, InputUploads.MostOfOneTenant).Select(_ => uploads.Begin(new("acme"))).ToList();
        Assert.DoesNotContain(null, held);
        Assert.Null(uploads.Begin(new("acme")));
        using (var other = uploads.Begin(new("rival"))) Assert.NotNull(other);
        held[0]!.Dispose();
        held[0] = uploads.Begin(new("acme"));
        Assert.NotNull(held[0]);
        for (var i = 0; i < InputUploads.MostAtOnce - InputUploads.MostOfOneTenant; i++) held.Add(uploads.Begin(new($"tenant-{i}")));
        Assert.DoesNotContain(null, held);
        Assert.Null(uploads.Begin(new("late")));
        foreach (var turn in held) turn!.Dispose();
        using var room = uploads.Begin(new("late"));
        Assert.NotNull(room);
    }

    private static ByteArrayContent Bytes(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = new(type) } };
}
