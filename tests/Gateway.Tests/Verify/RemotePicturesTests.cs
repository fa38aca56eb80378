using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Vitrine.Gateway.Tests.Verify;

/// <summary>An address that a stranger names leads to the public internet or nowhere.</summary>
public sealed class RemotePicturesTests
{
    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://127.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://017700000001/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://10.1.2.3/")]
    [InlineData("http://172.31.0.1/")]
    [InlineData("http://192.168.1.1/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    [InlineData("http://[64:ff9b::a00:1]/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.org/")]
    [InlineData("ftp://example.org/a.png")]
    [InlineData("data:image/png;base64,AAAA")]
    [InlineData("https://user:pass@example.org/")]
    [InlineData("https://example.org:22/")]
    [InlineData("https://ex\u0430mple.org/")]
    [InlineData("https://exa mple.org/")]
    [InlineData("https://example.org/\ta.png")]
    [InlineData("https://example.org\\@127.0.0.1/")]
    [InlineData("not an address")]
    public async Task An_address_inside_or_of_another_form_is_not_allowed(string address)
    {
        using var remote = new RemotePictures();

        var (bytes, error) = await remote.Fetch(address, CancellationToken.None);

        Assert.Null(bytes);
        Assert.Equal((422, "url_not_allowed"), (error!.Status, error.Code));
    }

    [Fact]
    public async Task Nothing_is_connected_to_at_an_address_that_is_not_allowed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        // Any port may be asked here, so that only the rule about addresses stands between the request and the listener.
        using var remote = new RemotePictures(_ => true, PublicAddress.Is);

        var (_, error) = await remote.Fetch($"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/", CancellationToken.None);

        Assert.Equal("url_not_allowed", error!.Code);
        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("172.16.0.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001:0:7f00:1::", false)]
    [InlineData("::127.0.0.1", false)]
    public void Only_what_belongs_to_the_public_internet_is_public(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("/picture", null)]
    [InlineData("/redirect", "url_fetch_failed")]
    [InlineData("/missing", "url_fetch_failed")]
    [InlineData("/nothing", "url_fetch_failed")]
    [InlineData("/announced-too-large", "url_fetch_failed")]
    [InlineData("/endless", "url_fetch_failed")]
    public async Task What_a_server_does_ends_in_a_picture_or_in_a_sentence(string path, string? code)
    {
        await using var server = await Server();
        using var remote = new RemotePictures(_ => true, IPAddress.IsLoopback);

        var (bytes, error) = await remote.Fetch(server.Urls.First() + path, CancellationToken.None);

        Assert.Equal(code, error?.Code);
        Assert.Equal(code is null ? [1, 2, 3] : null, bytes);
    }

    private static async Task<WebApplication> Server()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async http =>
        {
            switch (http.Request.Path.Value)
            {
                case "/picture":
                    await http.Response.Body.WriteAsync(new byte[] { 1, 2, 3 });
                    break;
                case "/redirect":
                    http.Response.Redirect("/picture");
                    break;
                case "/announced-too-large":
                    http.Response.ContentLength = SubmittedPictures.MostBytes + 1L;
                    await http.Response.StartAsync();
                    http.Abort();
                    break;
                case "/endless":
                    for (var chunk = new byte[1 << 20]; !http.RequestAborted.IsCancellationRequested;)
                        await http.Response.Body.WriteAsync(chunk, http.RequestAborted);
                    break;
                case "/nothing":
                    break;
                default:
                    http.Response.StatusCode = 404;
                    break;
            }
        });
        await app.StartAsync();
        return app;
    }
}
