using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.System.Tests;

/// <summary>The time stamp authority is away while pictures are made, and comes back.</summary>
public sealed class LateStampTests
{
    [Fact]
    public async Task A_picture_that_was_made_while_the_authority_was_away_has_its_stamp_later_and_both_files_pass_the_official_verifier()
    {
        var port = FreePort();
        await using var faults = await RenderingFaults.Start(1, null, ("Vitrine__TimeStampAuthority", $"http://127.0.0.1:{port}/"), ("Vitrine__StampEvery", "00:01:00"));
        var job = await faults.Client.End(await faults.Submit(new { prompt = "a blue boat, sticker", format = "webp" }, "late"));
        var asset = job.GetProperty("assets")[0].GetProperty("id").GetString()!;
        Assert.True((await faults.Client.Get($"/v1/assets/{asset}")).Body.GetProperty("stamp_awaited").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await faults.Client.Get($"/v1/assets/{asset}/stamped")).Status);

        using var authority = Authority.Listen(port, Path.GetDirectoryName(faults.Platform.LedgerKey)!);
        await Wire.Eventually(async () => (await faults.Client.Get($"/v1/assets/{asset}")).Body.TryGetProperty("stamped", out _), () => "the picture has its stamp");

        var (plain, stamped) = ((await faults.Client.Get($"/v1/assets/{asset}/content")).Bytes, (await faults.Client.Get($"/v1/assets/{asset}/stamped")).Bytes);
        var folder = Directory.CreateTempSubdirectory("vitrine-judge-").FullName;
        Assert.Equal(["pass", "pass"], await OfficialVerifier.Judge(
            faults.Repository, faults.Platform.Access.TrustAnchor, [OfficialVerifier.Write(folder, "plain.webp", plain), OfficialVerifier.Write(folder, "stamped.webp", stamped)]));
        Directory.Delete(folder, recursive: true);

        // A stranger is told when it was signed, and whose it is.
        using var stranger = new HttpClient { BaseAddress = new Uri(faults.Platform.Gateway) };
        using var content = new ByteArrayContent(stamped) { Headers = { ContentType = new("image/webp") } };
        using var answer = await stranger.PostAsync("/v1/verify", content);
        var credential = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("credential");
        Assert.Equal("trusted", credential.GetProperty("state").GetString());
        Assert.True(credential.TryGetProperty("stamped_at", out _), $"{credential}");
        Assert.True(credential.TryGetProperty("picture", out _), $"{credential}");

        // The stamped file is what the proof is about.
        using var admin = new HttpClient { BaseAddress = new Uri(faults.Platform.Gateway) };
        admin.DefaultRequestHeaders.Authorization = new("Bearer", await AuditKey(faults));
        byte[] bundle = [];
        await Wire.Eventually(async () =>
        {
            using var got = await admin.GetAsync($"/v1/assets/{asset}/bundle");
            bundle = got.IsSuccessStatusCode ? await got.Content.ReadAsByteArrayAsync() : [];
            return bundle.Length > 0;
        }, () => "the log covers the picture");
        var trust = new BundleTrust(null, TrustAnchors.FromPem(await File.ReadAllTextAsync(faults.Platform.Access.TrustAnchor)), null, null, TimeProvider.System.GetUtcNow());
        var verdict = BundleVerifier.Verify(bundle, trust);
        Assert.Empty(verdict.Failures);
        Assert.Contains("\"stamped\"", verdict.Record, StringComparison.Ordinal);
        await faults.AssertInvariants();
    }

    private static async Task<string> AuditKey(RenderingFaults faults)
    {
        using var admin = new HttpClient { BaseAddress = new Uri(faults.Platform.Gateway) };
        admin.DefaultRequestHeaders.Authorization = new("Bearer", faults.Platform.Access.AdminKey);
        using var body = global::System.Net.Http.Json.JsonContent.Create(new { scopes = new[] { "audit" } });
        using var made = await admin.PostAsync($"/v1/admin/tenants/{faults.Platform.Access.Tenant}/keys", body);
        return JsonSerializer.Deserialize<JsonElement>(await made.Content.ReadAsStringAsync()).GetProperty("key").GetString()!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The development authority of a silo's folder, over HTTP (RFC 3161, 3.4).</summary>
    private sealed class Authority : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly DevelopmentTimeStampAuthority _authority;

        private Authority(int port, string pki)
        {
            _authority = new(File.ReadAllText(Path.Combine(pki, "tsa.pem")), File.ReadAllText(Path.Combine(pki, "tsa.key")), TimeProvider.System);
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            _listener.Start();
            _ = Serve();
        }

        public static Authority Listen(int port, string pki) => new(port, pki);

        public void Dispose()
        {
            _listener.Close();
            _authority.Dispose();
        }

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var request = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(request);
                    context.Response.ContentType = "application/timestamp-reply";
                    await context.Response.OutputStream.WriteAsync(await _authority.Answer(request.ToArray(), CancellationToken.None));
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Closed with the test.
            }
        }
    }
}
