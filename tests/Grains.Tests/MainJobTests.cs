using Vitrine.Grains.Interfaces;
using Vitrine.Media;

namespace Vitrine.Grains.Tests;

public sealed class OneSilo : IAsyncLifetime
{
    public TestCluster Cluster { get; private set; } = null!;
    public async Task InitializeAsync() => Cluster = await TestCluster.Start();
    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

[CollectionDefinition(nameof(OneSilo))]
public sealed class OneSiloTests : ICollectionFixture<OneSilo>;

[Collection(nameof(OneSilo))]
public sealed class MainJobTests(OneSilo silo)
{
    [Fact]
    public async Task An_accepted_job_ends_with_stored_signed_pictures_and_settled_credits()
    {
        var brand = await silo.Cluster.Tenant("main-job");

        var (key, outcome) = await brand.Submit(brand.Asks("a red apple, 3d style", images: 2));
        var job = await brand.End(key);

        Assert.Null(outcome.Refusal);
        Assert.Equal(JobState.Succeeded, job.State);
        Assert.Equal(job.Reserved, job.Settled);
        Assert.Equal(2, job.Assets.Count);
        foreach (var asset in job.Assets) Assert.True(await silo.Cluster.Blobs.Verify(new BlobKey("main-job", asset.Sha256), CancellationToken.None));
        Assert.Equal(job.Assets[0], await silo.Cluster.Grains.Asset(new(brand.Tenant, new(job.Assets[0].Id))).Get(CancellationToken.None), AssetComparer.Instance);
    }
}

internal sealed class AssetComparer : IEqualityComparer<AssetView?>
{
    public static readonly AssetComparer Instance = new();
    public bool Equals(AssetView? x, AssetView? y) => x?.Id == y?.Id && x?.Sha256 == y?.Sha256 && x?.PixelSha256 == y?.PixelSha256;
    public int GetHashCode(AssetView? asset) => asset?.Id.GetHashCode(StringComparison.Ordinal) ?? 0;
}
