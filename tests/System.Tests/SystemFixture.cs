using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Vitrine.Local;

namespace Vitrine.System.Tests;

/// <summary>A brand made for one test, with a project, a user and a key that may generate and read.</summary>
public sealed record TestTenant(string Id, string Project, string User, string ApiKey);

/// <summary>The whole platform, as <c>dev.cs -- up</c> runs it, on a database and a folder of its own; shared by all tests of the collection.</summary>
public sealed class SystemFixture : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("vitrine-system-").FullName;
    private LocalPlatform platform = null!;

    public Repository Repository { get; } = Repository.Find(AppContext.BaseDirectory);
    public Uri Gateway => new(platform.Gateway);
    public string ApiKey => platform.Access.ApiKey;
    public string AdminKey => platform.Access.AdminKey;
    public string Tenant => platform.Access.Tenant;
    public string Project => platform.Access.Project;
    public string User => platform.Access.User;

    /// <summary>A copy of the repository's policies that tests may change.</summary>
    public string Policies => Path.Combine(folder, "policies-in-force");
    public LocalPlatform Platform => platform;
    public Invariants Check() => new(platform.Database, platform.Blobs, File.ReadAllText(platform.Access.TrustAnchor), platform.LedgerKey);

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Policies);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "policies"), "*.yaml")) File.Copy(file, Path.Combine(Policies, Path.GetFileName(file)));
        try
        {
            platform = await LocalPlatform.Start(new() { Repository = Repository, Folder = folder, Durable = false, Policies = Policies }, CancellationToken.None);
        }
        catch
        {
            Directory.Delete(folder, recursive: true); // The logs' ends are in the message; nobody disposes of a fixture that did not start.
            throw;
        }
    }

    public async Task DisposeAsync()
    {
        await platform.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A client of the gateway with the given key.</summary>
    public HttpClient Client(string key)
    {
        var client = new HttpClient { BaseAddress = Gateway };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <param name="creditsPerMonth">Budget of the brand; null for none.</param>
    /// <param name="imagesPerMinute">Rate of the brand; null for none.</param>
    public async Task<TestTenant> NewTenant(decimal? creditsPerMonth = null, int? imagesPerMinute = null)
    {
        var id = "t" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        using var admin = Client(AdminKey);
        await Post(admin, "/v1/admin/tenants", new { id, name = "Test brand" });
        await Post(admin, $"/v1/admin/tenants/{id}/projects", new { id = "campaign", name = "Campaign" });
        await Post(admin, $"/v1/admin/tenants/{id}/users", new { id = "ann", name = "Ann" });
        if (creditsPerMonth is not null || imagesPerMinute is not null)
            await Send(admin, HttpMethod.Put, $"/v1/admin/tenants/{id}/limits", new { credits_per_month = creditsPerMonth, images_per_minute = imagesPerMinute });
        var key = await Post(admin, $"/v1/admin/tenants/{id}/keys", new { project = "campaign", user = "ann", scopes = new[] { "generate", "read" } });
        return new(id, "campaign", "ann", key.GetProperty("key").GetString()!);
    }

    /// <summary>A key of the brand that may audit and nothing else.</summary>
    public async Task<string> AuditKey(string tenant)
    {
        using var admin = Client(AdminKey);
        return (await Post(admin, $"/v1/admin/tenants/{tenant}/keys", new { scopes = new[] { "audit" } })).GetProperty("key").GetString()!;
    }

    /// <summary>A key of the brand that may manage it and nothing else.</summary>
    public async Task<string> AdminKeyOf(string tenant)
    {
        using var admin = Client(AdminKey);
        return (await Post(admin, $"/v1/admin/tenants/{tenant}/keys", new { scopes = new[] { "admin" } })).GetProperty("key").GetString()!;
    }

    private static Task<JsonElement> Post(HttpClient admin, string path, object body) => Send(admin, HttpMethod.Post, path, body);

    private static async Task<JsonElement> Send(HttpClient admin, HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body) };
        using var answer = await admin.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path} was answered with {(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}

[CollectionDefinition(Name)]
public sealed class SystemCollection : ICollectionFixture<SystemFixture>
{
    public const string Name = "the whole system";
}
