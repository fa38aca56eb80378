using System.Net;
using System.Net.Http.Headers;
using Vitrine.Media;
using static Vitrine.System.Tests.HostileStores;

namespace Vitrine.System.Tests;

/// <summary>Pictures whose credentials or containers were made to hurt, sent to both doors: a clear verdict or a clear no, never a 5xx, and no wait.</summary>
[Collection(SystemCollection.Name)]
public sealed class HostileCredentialTests(SystemFixture system)
{
    private static readonly byte[] png = ImageEncoder.Encode(Pixels(), 32, 32, ImageFormat.Png, 100), jpeg = ImageEncoder.Encode(Pixels(), 32, 32, ImageFormat.Jpeg, 90);

    /// <summary>What is sent, and what both doors say: the state of its credentials, or the status of a no.</summary>
    private static readonly (string What, string Type, Func<byte[]> File, string? State, int Status)[] cases =
    [
        ("boxes in boxes in boxes", "image/png", () => InPng(png, Nested(2_000)), "unreadable", 200),
        ("a manifest that is its own ingredient", "image/png", () => InPng(png, Store(Manifest(First, (First, new byte[32])))), "tampered", 200),
        ("two manifests that are each other's ingredient", "image/png", Looped, "tampered", 200),
        ("two stores", "image/png", () => InPng(png, Store(Manifest(First)), Store(Manifest(Second))), "tampered", 200),
        ("a manifest that unfolds to 64 MiB", "image/png", () => Unfolding(64 << 20), "unreadable", 200),
        ("one large box that is named three thousand times", "image/png", ManyReferences, "unreadable", 200),
        ("a store that is cut off", "image/png", () => InPng(png, Store(Manifest(First))[..^40]), "unreadable", 200),
        ("a store that is none", "image/png", () => InPng(png, new byte[4096]), "unreadable", 200),
        ("a store larger than it says", "image/png", () => InPng(png, [.. Store(Manifest(First)), .. new byte[100]]), "unreadable", 200),
        ("a picture with an archive behind it", "image/png", () => [.. png, 0x50, 0x4B, 0x05, 0x06, .. new byte[18]], null, 422),
        ("a picture with a web page in it", "image/jpeg", () => [.. jpeg[..2], 0xFF, 0xFE, 0x00, 0x1C, .. "<script>alert(1)</script> "u8, .. jpeg[2..]], "none", 200),
        ("a picture that is cut off", "image/png", () => InPng(png, Store(Manifest(First)))[..^200], null, 422),
        ("a picture of two thousand million pixels a side", "image/png", Huge, null, 422),
        ("a file of 21 MiB", "image/png", () => InPng(png, new byte[21 << 20]), null, 413),
    ];

    public static TheoryData<string> Names => [.. cases.Select(each => each.What)];

    [Theory, MemberData(nameof(Names))]
    public async Task A_hostile_file_gets_a_clear_verdict_or_a_clear_no(string what)
    {
        var (_, type, make, state, status) = cases.Single(each => each.What == what);
        var file = make();
        using var stranger = new HttpClient { BaseAddress = system.Gateway };
        using var client = system.Client(system.ApiKey);

        var verified = await Send(stranger, "/v1/verify", file, type);
        var brought = await Send(client, "/v1/inputs", file, type);

        Assert.True(status == (int)verified.Status, $"Verify answered {(int)verified.Status}: {verified.Body}");
        Assert.True(status == 200 ? brought.Status is HttpStatusCode.OK or HttpStatusCode.Created : status == (int)brought.Status, $"Inputs answered {(int)brought.Status}: {brought.Body}");
        if (state is null)
        {
            Assert.NotEmpty(verified.Body.GetProperty("detail").GetString()!);
            Assert.NotEmpty(brought.Body.GetProperty("detail").GetString()!);
            return;
        }
        Assert.Equal((state, state), (verified.Body.GetProperty("credential").GetProperty("state").GetString(), brought.Body.GetProperty("credential").GetProperty("state").GetString()));
        // Whether a word of accusation is said of it is for its hashes to say and for nothing else.
        Assert.Equal(state == "tampered", verified.Body.GetProperty("credential").GetProperty("sentence").GetString()!.Contains("were changed after signing", StringComparison.Ordinal));
    }

    private static async Task<Answer> Send(HttpClient client, string path, byte[] file, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue(type) } } };
        request.Headers.ExpectContinue = true;
        return await client.Ask(request);
    }

    private static byte[] Nested(int depth)
    {
        byte[] box = Manifest(First);
        for (var i = 0; i < depth; i++) box = Super("c2ma", "m", box);
        return Store(box);
    }

    private static byte[] Looped()
    {
        // One of the two hashes cannot be right, since each manifest would hold the other's.
        var older = Manifest(Second, (First, new byte[32]));
        return InPng(png, Store(older, Manifest(First, (Second, HashOf(older)))));
    }

    private static byte[] Unfolding(int bytes)
    {
        var older = Compressed(Second, new byte[bytes]);
        return InPng(png, Store(older, Manifest(First, (Second, HashOf(older)))));
    }

    private static byte[] ManyReferences()
    {
        var large = Super("cbor", "org.example.large", Box("cbor", new byte[10 << 20]));
        return InPng(png, Store(Manifest(First, [large], [.. Enumerable.Repeat(("org.example.large", HashOf(large)), 3_000)])));
    }

    private static byte[] Huge()
    {
        var huge = png.ToArray();
        huge[16] = 0x7F;
        return huge;
    }

    private static byte[] Pixels()
    {
        var rgb = new byte[32 * 32 * 3];
        for (var i = 0; i < rgb.Length; i++) rgb[i] = (byte)(i * 7 % 256);
        return rgb;
    }
}
