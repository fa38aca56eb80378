using Microsoft.Extensions.Configuration;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Provenance;

namespace Vitrine.Gateway.Tests.Verify;

/// <summary>A gateway that knows a watermark key and a root, and lets this machine ask as often as the tests must.</summary>
public sealed class VerifyGateway : IAsyncLifetime
{
    public static readonly byte[] Secret = [.. Enumerable.Range(0, WatermarkKey.Length).Select(i => (byte)i)];

    private readonly string folder = Directory.CreateTempSubdirectory("vitrine-verify-").FullName;
    private RunningGateway running = null!;

    internal World World { get; } = new();
    internal DevelopmentCertificates Chain { get; } = DevelopmentChain.Create("Signers Inc", TimeProvider.System.GetUtcNow());
    internal HttpClient Client { get; private set; } = null!;
    internal Vitrine.Media.FileBlobStore Blobs => running.Blobs;

    public async Task InitializeAsync()
    {
        var root = Path.Combine(folder, "root.pem");
        await File.WriteAllTextAsync(root, Chain.RootPem);
        running = await Start(World, new() { ["Vitrine:WatermarkKey"] = Convert.ToBase64String(Secret), ["Vitrine:TrustAnchors"] = root, ["Vitrine:VerificationsPerMinute"] = "1000" });
        Client = new HttpClient { BaseAddress = running.Address };
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await running.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    internal static Task<RunningGateway> Start(World world, Dictionary<string, string?> settings) =>
        RunningGateway.Start(world, adjust: builder => builder.Configuration.AddInMemoryCollection(settings));
}
