using Npgsql;
using Orleans.Concurrency;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Ledger;
using Vitrine.Grains.Rendering;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Origins;

/// <summary>Finds pictures by what they carry and how they look; owns nothing. The one reader that looks at all tenants at once, so it answers one picture and never a list.</summary>
[GrainType("vitrine.origins"), StatelessWorker]
public sealed class OriginsGrain(NpgsqlDataSource database, WatermarkKey key, ISigningIdentities identities, LedgerReader ledger, LedgerOptions log) : Grain, IOriginsGrain
{
    private const string Origin = """
        select a.tenant_id, coalesce(a.data -> 'Stamped' ->> 'Sha256', a.data ->> 'Sha256'), (a.data ->> 'CreatedAt')::timestamptz, j.data ->> 'Model', j.data ->> 'ModelVersion', a.data ->> 'ModelDigest', coalesce(a.data -> 'Stamped' ->> 'Manifest', a.data ->> 'Manifest'), a.data ->> 'Pdq',
               (select min(l.idx) from vitrine.mt_events e join vitrine.ledger_leaf l on l.seq = e.seq_id
                       where e.tenant_id = a.tenant_id and e.stream_id = a.id and l.idx < (select max(c.size) from vitrine.ledger_checkpoint c where c.log = l.log)), a.data ? 'ErasedAt'
        from vitrine.mt_doc_assetview a left join vitrine.mt_doc_jobview j on j.tenant_id = a.tenant_id and j.id = a.data ->> 'Job'
        """;

    private const string OfManifest = " where a.data ->> 'Manifest' = $1 or (a.data ? 'Stamped' and a.data -> 'Stamped' ->> 'Manifest' = $1) limit 1";

    private readonly WatermarkIds ids = new(key);

    // A number is given out before the picture is finished; the record decides whether it left with the mark.
    public Task<OriginView?> ByWatermark(string watermark, CancellationToken cancellation) => WatermarkId.TryParse(watermark, out var id)
        ? One(Origin + " join vitrine.watermark w on w.tenant_id = a.tenant_id and w.asset = a.id where w.number = $1 and a.data ->> 'Watermark' = $2", cancellation, ids.NumberOf(id), watermark)
        : Task.FromResult<OriginView?>(null);

    public Task<OriginView?> ByManifest(string manifest, CancellationToken cancellation) => One(Origin + OfManifest, cancellation, manifest);

    public async Task<AnchorsView?> Anchors(string manifest, CancellationToken cancellation) =>
        await Find(Origin + OfManifest, cancellation, manifest) is ({ } origin, _) && identities.Of(origin.Tenant).Anchors is var anchors ? new(anchors.SignersPem, anchors.TimeStampsPem) : null;

    /// <summary>
    /// Exact, by the pigeonhole: of sixteen pieces of 16 bits at least one differs in no more than one bit when at most 31 of the 256 do. So the index is asked for all pieces
    /// that near, and what it finds is compared whole.
    /// </summary>
    public Task<OriginView?> ByLook(IReadOnlyList<string> hashes, CancellationToken cancellation)
    {
        if (hashes.Count is 0 or > IOriginsGrain.MaxHashes || !hashes.All(hash => PdqHash.TryParse(hash, out _)))
            throw new ArgumentException($"One to {IOriginsGrain.MaxHashes} PDQ hashes are asked for at once.", nameof(hashes));
        return One(Origin + " join vitrine.alike($1, $2, $3, $4) n on n.tenant_id = a.tenant_id and n.id = a.id", cancellation,
            PdqPieces.Near(hashes), hashes.ToArray(), PdqHash.MostBitsApart, PdqHash.LeastQuality);
    }

    private async Task<OriginView?> One(string sql, CancellationToken cancellation, params object[] parameters)
    {
        var (found, index) = await Find(sql, cancellation, parameters);
        return found is not null && index is { } leaf && await ledger.Newest(LogId.Of(found.Tenant), cancellation) is { } head
            ? found with { Log = Receipt(await ledger.Inclusion(LogId.Of(found.Tenant), leaf, head.Size, cancellation)) } : found;
    }

    /// <summary>The picture without its proof, and where its entry stands in the log.</summary>
    private async Task<(OriginView? Found, long? Index)> Find(string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.AddWithValue(parameter);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        if (!await rows.ReadAsync(cancellation)) return (null, null);
        string? Text(int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
        long? index = rows.IsDBNull(8) ? null : rows.GetInt64(8);
        return (new OriginView(TenantId.Parse(rows.GetString(0)), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), Text(3), Text(4), rows.GetString(5), rows.GetString(6), Text(7), index is not null, rows.GetBoolean(9)), index);
    }

    private LoggedView Receipt(InclusionView inclusion)
    {
        var receipt = new InclusionReceipt(log.Origin, Hash(inclusion.LeafHash), inclusion.Index, inclusion.Size, Hash(inclusion.Root)).Sign(log.Signer);
        return new(inclusion, receipt.ToString(), log.Signer.Key(InclusionReceipt.NameOf(log.Origin)).ToString());

        static TreeHash Hash(string text) => TreeHash.TryParse(text, out var hash) ? hash : throw new InvalidOperationException($"'{text}' is no hash.");
    }
}
