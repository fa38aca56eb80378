using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Assets;

[Collection(nameof(GatewayFixture))]
public class AssetContentTests(GatewayFixture fixture)
{
    private static readonly byte[] Picture = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
    private static readonly string Digest = Convert.ToHexStringLower(SHA256.HashData(Picture));
    private readonly Brand acme = fixture.World["acme"];

    [Fact]
    public async Task A_picture_is_served_whole_with_its_digest_as_tag()
    {
        var asset = await APicture();
        using var response = await Get(asset);
        Assert.Equal(Picture, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(($"\"{Digest}\"", false), (response.Headers.ETag?.Tag, response.Headers.ETag?.IsWeak));
        Assert.Equal(("image/png", "nosniff", $"inline; filename=\"{asset.Id}.png\""),
            (response.Content.Headers.ContentType?.ToString(), Assert.Single(response.Headers.GetValues("X-Content-Type-Options")), response.Content.Headers.ContentDisposition?.ToString()));
        Assert.Contains("private", response.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
        Assert.Contains("immutable", response.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_was_erased_is_gone_and_its_record_says_so()
    {
        var asset = await APicture();
        acme.Assets[asset.Id] = asset with { ErasedAt = DateTimeOffset.UnixEpoch };
        using var content = await Get(asset);
        var record = await GatewayFixture.Body(await fixture.Client(acme.Issue(Scopes.Read)).GetAsync($"/v1/assets/{asset.Id}"));
        Assert.Equal((410, "erased"), ((int)content.StatusCode, (await GatewayFixture.Body(content)).GetProperty("code").GetString()));
        Assert.Equal((true, false, Digest), (record.GetProperty("erased").GetBoolean(), record.TryGetProperty("url", out _), record.GetProperty("sha256").GetString()));
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=10-19", 10, 10)]
    [InlineData("bytes=90-", 90, 10)]
    [InlineData("bytes=-5", 95, 5)]
    [InlineData("bytes=50-1000", 50, 50)]
    public async Task A_range_is_served_alone(string range, int start, int length)
    {
        using var response = await Get(await APicture(), range);
        Assert.Equal(206, (int)response.StatusCode);
        Assert.Equal($"bytes {start}-{start + length - 1}/100", response.Content.Headers.ContentRange?.ToString());
        Assert.Equal(Picture[start..(start + length)], await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_range_behind_the_end_is_not_satisfiable()
    {
        using var response = await Get(await APicture(), "bytes=9999999-");
        Assert.Equal((416, "bytes */100"), ((int)response.StatusCode, response.Content.Headers.ContentRange?.ToString()));
    }

    [Fact]
    public async Task A_thousand_ranges_are_answered_with_one_whole_picture()
    {
        using var response = await Get(await APicture(), "bytes=" + string.Join(',', Enumerable.Repeat("0-0", 1000)));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(100, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Who_has_the_picture_is_told_so()
    {
        var asset = await APicture();
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/assets/{asset.Id}/content");
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{Digest}\""));
        using var response = await fixture.Client(acme.Issue(Scopes.Read)).SendAsync(request);
        Assert.Equal(304, (int)response.StatusCode);
        Assert.Equal($"\"{Digest}\"", response.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task Head_tells_the_length_without_the_picture()
    {
        var asset = await APicture();
        using var response = await fixture.Client(acme.Issue(Scopes.Read)).SendAsync(new(HttpMethod.Head, $"/v1/assets/{asset.Id}/content"));
        Assert.Equal((200, 100L), ((int)response.StatusCode, response.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task A_signed_link_works_without_a_key_and_altered_ones_all_fail_alike()
    {
        var asset = await APicture();
        var link = fixture.Services.GetRequiredService<AssetUrls>().For(acme.Id, asset, fixture.Time.GetUtcNow()).PathAndQuery;
        using var good = await fixture.Client().GetAsync(link);
        Assert.Equal(Picture, await good.Content.ReadAsByteArrayAsync());

        var answers = new HashSet<string>();
        foreach (var bad in new[] { link[..^1] + "_", link + "&x=1", link.Replace("acme", "rival", StringComparison.Ordinal), link.Replace("_0/content", "_1/content", StringComparison.Ordinal), link.Replace("expires=", "expires=9", StringComparison.Ordinal) })
        {
            using var response = await fixture.Client().GetAsync(bad);
            answers.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }
        Assert.StartsWith("403 ", Assert.Single(answers), StringComparison.Ordinal);
        Assert.Equal(405, (int)(await fixture.Client().PostAsync(link, null)).StatusCode);
    }

    [Fact]
    public async Task A_picture_whose_stamp_came_late_has_two_files_each_with_its_own_link()
    {
        byte[] stamped = [.. Picture, 1, 2, 3];
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stamped));
        await fixture.Blobs.Put("acme", stamped, CancellationToken.None);
        var asset = await APicture();
        acme.Assets[asset.Id] = asset = asset with { Stamped = new StampedFile(digest, stamped.Length, "urn:c2pa:2", fixture.Time.GetUtcNow()) };
        using var client = fixture.Client(acme.Issue(Scopes.Read));

        var record = await GatewayFixture.Body(await client.GetAsync($"/v1/assets/{asset.Id}"));
        var second = record.GetProperty("stamped");
        Assert.Equal((Digest, digest, "urn:c2pa:2", stamped.Length), (record.GetProperty("sha256").GetString(), second.GetProperty("sha256").GetString(), second.GetProperty("manifest").GetString(), second.GetProperty("length").GetInt32()));
        Assert.False(record.TryGetProperty("stamp_awaited", out _));

        foreach (var (path, expected) in new[] { ("content", Picture), ("stamped", stamped) })
            Assert.Equal(expected, await client.GetByteArrayAsync($"/v1/assets/{asset.Id}/{path}"));
        var (first, late) = (new Uri(record.GetProperty("url").GetString()!).PathAndQuery, new Uri(second.GetProperty("url").GetString()!).PathAndQuery);
        Assert.Equal(Picture, await fixture.Client().GetByteArrayAsync(first));
        Assert.Equal(stamped, await fixture.Client().GetByteArrayAsync(late));
        // A link opens the file that it was made for.
        Assert.Equal(403, (int)(await fixture.Client().GetAsync(first.Replace("/content?", "/stamped?", StringComparison.Ordinal))).StatusCode);
        Assert.Equal(403, (int)(await fixture.Client().GetAsync(late.Replace("/stamped?", "/content?", StringComparison.Ordinal))).StatusCode);
    }

    [Fact]
    public async Task A_picture_that_waits_for_its_stamp_says_so_and_has_one_file()
    {
        var asset = await APicture();
        acme.Assets[asset.Id] = asset with { AwaitsStamp = true };
        using var client = fixture.Client(acme.Issue(Scopes.Read));

        var record = await GatewayFixture.Body(await client.GetAsync($"/v1/assets/{asset.Id}"));

        Assert.True(record.GetProperty("stamp_awaited").GetBoolean());
        Assert.False(record.TryGetProperty("stamped", out _));
        Assert.Equal(404, (int)(await client.GetAsync($"/v1/assets/{asset.Id}/stamped")).StatusCode);
    }

    [Fact]
    public async Task The_record_of_a_picture_tells_how_it_was_made()
    {
        var asset = await APicture();
        var body = await GatewayFixture.Body(await fixture.Client(acme.Issue(Scopes.Read)).GetAsync($"/v1/assets/{asset.Id}"));
        Assert.Equal((asset.Id, Digest, "urn:c2pa:1", 100), (body.GetProperty("id").GetString(), body.GetProperty("sha256").GetString(), body.GetProperty("manifest").GetString(), body.GetProperty("length").GetInt32()));
    }

    private async Task<AssetView> APicture()
    {
        await fixture.Blobs.Put("acme", Picture, CancellationToken.None);
        var asset = AssetUrlsTests.Asset(AssetId.Of(JobId.New(), 0).Value) with { Sha256 = Digest, Length = Picture.Length };
        acme.Assets[asset.Id] = asset;
        return asset;
    }

    private Task<HttpResponseMessage> Get(AssetView asset, string? range = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/assets/{asset.Id}/content");
        if (range is not null) request.Headers.TryAddWithoutValidation("Range", range);
        return fixture.Client(acme.Issue(Scopes.Read)).SendAsync(request);
    }
}
