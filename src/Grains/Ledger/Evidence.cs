using System.Globalization;
using System.Text.Json;
using Npgsql;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Grains.Subjects;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Gathers what proves one asset: the events of its job and its own, those of pictures that were brought for it and of its replays, with their salts and payloads, under one checkpoint.</summary>
public sealed class Evidence(NpgsqlDataSource database, LedgerReader reader, TenantKeys keys, PersonalText texts, ISigningIdentities identities, KeptManifests manifests)
{
    /// <summary>Events of one job: fifty attempts at two events each, and a handful more.</summary>
    private const int MaxEvents = 400;

    /// <summary>Replays of one asset that are told: the newest.</summary>
    private const int MaxReplays = 16;

    /// <summary>Null when the newest checkpoint does not cover all of them yet. A refusal when a stored event is not what its leaf commits to: somebody changed it.</summary>
    /// <param name="job">The asset's job as it is stored; null where its view is gone.</param>
    public async Task<Outcome<EvidenceView>?> Gather(TenantId tenant, AssetView asset, JobView? job, CancellationToken cancellation)
    {
        var log = LogId.Of(tenant);
        if (await reader.NewestInPlatform(log, cancellation) is not var (head, platformIndex) || await reader.PlatformOver(platformIndex, cancellation) is not var (platform, stamp)) return null;
        var related = await Related(tenant, asset, job, cancellation);
        if (await Read(log, asset, related, head.Size, cancellation) is not { Count: > 0 } rows) return null;

        var salts = await keys.Salts([tenant.Value], cancellation);
        var events = new List<EvidenceEvent>(rows.Count);
        foreach (var (index, entry, e) in rows)
        {
            var (salt, payload) = (salts.Of(e), e.Payload());
            var inclusion = await reader.Inclusion(log, index, head.Size, cancellation);
            if (LeafEnvelope.Parse(entry) is not { } leaf || !IsOf(leaf, e) || leaf.Commitment != PayloadCommitment.Of(salt, payload))
            {
                // Texts of the time before they were sealed are overwritten when their person is erased: then it is known why, and nothing but the entry is told.
                if (IsOverwritten(payload) && job is not null && await texts.IsErased(tenant, job, cancellation)) events.Add(new(entry, null, null, inclusion));
                else return Altered(asset, e, index);
            }
            else
            {
                var opened = await texts.Open(tenant, e.Stream, e.Type, payload, cancellation);
                events.Add(new(entry, salt, payload, inclusion, opened?.Opening, opened?.Salt));
            }
        }
        // Asked for every bundle: roots are replaced while the silo runs, and a tenant may have its own.
        var anchors = identities.Of(tenant).Anchors;
        var platformInclusion = await reader.Inclusion(LogId.Platform, platformIndex, platform.Size, cancellation);
        return new EvidenceView(asset, head, new(platform, head, platformInclusion, stamp), events, anchors.SignersPem, anchors.TimeStampsPem,
            [.. related.Where(stream => rows.Any(row => row.Event.Stream == stream))],
            asset.ErasedAt is null || !AssetId.TryParse(asset.Id, out var id) ? null : await manifests.Of(new(tenant, id), cancellation));
    }

    private static bool IsOf(LeafEnvelope leaf, CommittedEvent e) =>
        leaf.Tenant == e.Tenant && leaf.Stream == e.Stream && leaf.Version == e.Version && leaf.Sequence == e.Sequence && leaf.Type == e.Type && leaf.RecordedAt == e.RecordedAt;

    private static bool IsOverwritten(byte[] payload)
    {
        using var document = JsonDocument.Parse(payload, new() { MaxDepth = CanonicalJson.MaxDepth });
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("Overwritten", out _);
    }

    private static Refusal Altered(AssetView asset, CommittedEvent e, long index) => new(Refused.RecordAltered, string.Create(CultureInfo.InvariantCulture,
        $"The stored record of event {e.Version} of {e.Stream} ({e.Type}), which belongs to {asset.Id}, is not what the log recorded at index {index}: it was altered after it was logged. No proof can be made from it; the log itself stands, and its entry proves what was recorded then."));

    /// <summary>Pictures that were brought for the job, and the newest replays of the asset.</summary>
    private async Task<IReadOnlyList<string>> Related(TenantId tenant, AssetView asset, JobView? job, CancellationToken cancellation)
    {
        var related = new[] { job?.Start?.Picture, job?.Start?.Mask }.OfType<string>().Where(id => InputId.TryParse(id, out _)).Distinct().ToList();
        await using var command = database.CreateCommand("""
            select id from vitrine.mt_doc_replayview where tenant_id = $1 and data ->> 'Asset' = $2 order by (data ->> 'RequestedAt')::timestamptz desc, id limit $3
            """);
        command.Parameters.AddWithValue(tenant.Value);
        command.Parameters.AddWithValue(asset.Id);
        command.Parameters.AddWithValue(MaxReplays);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) related.Add(rows.GetString(0));
        return related;
    }

    /// <summary>The job's events, then the asset's; null when one of them is not covered. Then those of related streams, as far as they are covered: a replay may be under way.</summary>
    private async Task<IReadOnlyList<(long Index, byte[] Entry, CommittedEvent Event)>?> Read(LogId log, AssetView asset, IReadOnlyList<string> related, long size, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select l.idx, l.entry, e.seq_id, e.stream_id, e.version, e.type, e.timestamp, e.data::text
            from vitrine.mt_events e left join vitrine.ledger_leaf l on l.seq = e.seq_id
            where e.tenant_id = $1 and e.stream_id = any($2) order by array_position($2, e.stream_id), e.version limit $3
            """);
        command.Parameters.AddWithValue(log.Value);
        command.Parameters.AddWithValue(new[] { asset.Job, asset.Id }.Concat(related).ToArray());
        command.Parameters.AddWithValue(MaxEvents);
        var found = new List<(long, byte[], CommittedEvent)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            if (rows.IsDBNull(0) || rows.GetInt64(0) >= size)
            {
                if (related.Contains(rows.GetString(3))) continue;
                return null;
            }
            found.Add((rows.GetInt64(0), rows.GetFieldValue<byte[]>(1), new(
                rows.GetInt64(2), log.Value, rows.GetString(3), rows.GetInt64(4), rows.GetString(5), rows.GetFieldValue<DateTimeOffset>(6), rows.GetString(7))));
        }
        return found;
    }
}
