using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.Tests.Assets;

public class AssetUrlsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_123);
    private static readonly TenantId Acme = new("acme");
    private readonly AssetUrls urls = With(1);

    private static AssetUrls With(params byte[] keys) => new(Options.Create(new GatewayOptions
    {
        PublicUrl = new("https://pictures.example"), UrlSigningKey = string.Join(',', keys.Select(key => Convert.ToBase64String(Enumerable.Repeat(key, 32).ToArray()))),
    }));

    internal static AssetView Asset(string id = "asset_00000000000000000000000000_0") => new(id, "job_00000000000000000000000000", 0, new string('a', 64), new string('b', 64),
        "image/png", 3, 64, 64, 1, "urn:c2pa:1", "sha256:1", "sha256:2", DateTimeOffset.UnixEpoch, []);

    private static TenantId? Open(AssetUrls urls, Uri link, DateTimeOffset now, string? query = null, string? path = null)
    {
        var request = new DefaultHttpContext().Request;
        request.Path = path ?? link.AbsolutePath;
        request.QueryString = new(query ?? link.Query);
        return urls.TenantOf(request, request.Path.Value!.Split('/')[3], now);
    }

    [Fact]
    public void A_link_opens_its_picture_for_at_most_an_hour_and_at_least_55_minutes()
    {
        var link = urls.For(Acme, Asset(), Now);
        Assert.StartsWith("https://pictures.example/v1/assets/asset_00000000000000000000000000_0/content?tenant=acme&expires=", link.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(Acme, Open(urls, link, Now));
        Assert.Equal(Acme, Open(urls, link, Now.AddMinutes(55).AddSeconds(-1)));
        Assert.Null(Open(urls, link, Now.AddMinutes(60)));
    }

    [Fact]
    public void The_expiry_falls_on_five_minutes_so_that_the_same_link_comes_again()
    {
        Assert.Equal(urls.For(Acme, Asset(), Now), urls.For(Acme, Asset(), Now.AddSeconds(1)));
        Assert.Equal(0, long.Parse(System.Web.HttpUtility.ParseQueryString(urls.For(Acme, Asset(), Now).Query)["expires"]!, null) % 300);
    }

    [Fact]
    public void An_altered_link_opens_nothing()
    {
        var link = urls.For(Acme, Asset(), Now);
        var query = link.Query;
        var parts = query[1..].Split('&');
        string[] altered =
        [
            "", "?", query.Replace("acme", "rival", StringComparison.Ordinal), query + "&x=1", query + "&tenant=acme", query[..^1], query + "A", query.Replace("%", "%25", StringComparison.Ordinal) + "%20",
            "?" + string.Join('&', parts.Reverse()), query.Replace("tenant", "Tenant", StringComparison.Ordinal), query.Replace("acme", "%61cme", StringComparison.Ordinal),
            query.Replace(parts[1], "expires=99999999999", StringComparison.Ordinal), query.Replace(parts[1], "expires=+" + parts[1][8..], StringComparison.Ordinal),
            query.Replace(parts[1], "expires=" + new string('9', 40), StringComparison.Ordinal), query.Replace(parts[2], "key=00000000", StringComparison.Ordinal),
            "?" + string.Join('&', parts[..3]),
        ];
        foreach (var text in altered) Assert.Null(Open(urls, link, Now, text));
        Assert.Null(Open(urls, link, Now, path: "/v1/assets/asset_00000000000000000000000000_1/content"));
        Assert.Null(Open(urls, link, Now, path: "/v1/assets/asset_00000000000000000000000000_0/CONTENT"));
    }

    [Fact]
    public void A_new_key_signs_and_the_old_one_still_opens()
    {
        var old = urls.For(Acme, Asset(), Now);
        var rotated = With(2, 1);
        Assert.Equal(Acme, Open(rotated, old, Now));
        Assert.NotEqual(old, rotated.For(Acme, Asset(), Now));
        Assert.Null(Open(With(2), old, Now));
    }
}
