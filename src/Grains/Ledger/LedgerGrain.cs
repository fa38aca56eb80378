using Marten;
using Orleans.Concurrency;
using Vitrine.Grains.Interfaces;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Reads a tenant's transparency log; owns nothing, for the log is written for all tenants by <see cref="LedgersGrain"/>.</summary>
[GrainType("vitrine.ledger"), StatelessWorker]
public sealed class LedgerGrain(LedgerReader reader, EventSearch search, Evidence evidence, IDocumentStore store) : Grain, ILedgerGrain, Tenants.ITenantScoped
{
    private TenantId Tenant => new(this.GetPrimaryKeyString());
    private LogId Log => LogId.Of(Tenant);

    public Task<LedgerHead?> Checkpoint(CancellationToken cancellation) => reader.Newest(Log, cancellation);

    public async Task<byte[]?> Tile(int level, long index, int width, CancellationToken cancellation)
    {
        if (await Covered(level, index, width, cancellation) is not { } tile) return null;
        var known = (await reader.Tiles(Log, [tile], cancellation))[(tile.Level, tile.Index)];
        var bytes = new byte[tile.Width * TreeHash.Size];
        for (var i = 0; i < tile.Width; i++) known.Hashes[i].CopyTo(bytes.AsSpan(i * TreeHash.Size));
        return bytes;
    }

    public async Task<byte[]?> Entries(long index, int width, CancellationToken cancellation) =>
        await Covered(0, index, width, cancellation) is { } tile ? await reader.Bundle(Log, tile, cancellation) : null;

    public async Task<InclusionView?> Inclusion(long index, long? size, CancellationToken cancellation) =>
        await Signed(size, cancellation) is { } signed && index >= 0 && index < signed ? await reader.Inclusion(Log, index, signed, cancellation) : null;

    public async Task<ConsistencyView?> Consistency(long from, long? to, CancellationToken cancellation) =>
        await Signed(to, cancellation) is { } signed && from >= 0 && from <= signed ? await reader.Consistency(Log, from, signed, cancellation) : null;

    public Task<Outcome<EventPage>> Events(EventQuery query, CancellationToken cancellation) => search.Find(Tenant, query, cancellation);

    public async Task<LineageView?> Lineage(AssetId asset, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(Tenant.Value);
        var made = new List<(JobView, AssetView)>();
        var inputs = new List<InputView>();
        // An id can begin at nothing that was made later, so there is an end; the bound keeps a long history from becoming a long answer.
        for (var next = asset.Value; next is not null && made.Count < Vitrine.Grains.Ledger.Lineage.MostGenerations;)
        {
            if (await session.LoadAsync<AssetView>(next, cancellation) is not { } view || await session.LoadAsync<JobView>(view.Job, cancellation) is not { } job) break;
            made.Add((job, view));
            inputs.AddRange(await session.LoadManyAsync<InputView>(cancellation, new[] { job.Start?.Picture, job.Start?.Mask }.OfType<string>().Distinct().Where(id => InputId.TryParse(id, out _))));
            next = job.Start?.Picture;
        }
        return made.Count > 0 ? Vitrine.Grains.Ledger.Lineage.Of(made, inputs) : null;
    }

    public async Task<Outcome<EvidenceView>?> Evidence(AssetId asset, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(Tenant.Value);
        if (await session.LoadAsync<AssetView>(asset.Value, cancellation) is not { } view) return null;
        var job = await session.LoadAsync<JobView>(view.Job, cancellation);
        if (await evidence.Gather(Tenant, view, job, cancellation) is { } covered) return covered;
        // It was made a moment ago. Whoever wants the proof of it need not wait for the next checkpoint.
        await GrainFactory.Ledgers().Seal(cancellation);
        return await evidence.Gather(Tenant, view, job, cancellation)
            ?? throw new LedgerUnavailableException($"The log of {Tenant} does not cover {asset} yet.");
    }

    public async Task<PlatformView?> Platform(CancellationToken cancellation)
    {
        if (await reader.NewestInPlatform(Log, cancellation) is not var (head, index) || await reader.PlatformOver(index, cancellation) is not var (platform, stamp)) return null;
        return new(platform, head, await reader.Inclusion(LogId.Platform, index, platform.Size, cancellation), stamp);
    }

    /// <summary>The size asked for, or the newest that was signed; null when nothing so large was signed.</summary>
    private async Task<long?> Signed(long? size, CancellationToken cancellation) =>
        await reader.Newest(Log, cancellation) is { } head && (size ?? head.Size) is var wanted and >= 0 && wanted <= head.Size ? wanted : null;

    private async Task<Tile?> Covered(int level, long index, int width, CancellationToken cancellation) =>
        await reader.Newest(Log, cancellation) is { } head && Provenance.Ledger.Tile.Of(level, index, head.Size) is { } widest && width is > 0 && width <= widest.Width
            ? widest with { Width = width } : null;
}
