using System.Globalization;
using System.Text.Json;
using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Grains.Subjects;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Gathers what proves one asset: the events of its job and its own, with their salts and payloads, under one checkpoint.</summary>
public sealed class Evidence(NpgsqlDataSource database, LedgerReader reader, TenantKeys keys, PersonalText texts, ISigningIdentities identities)
{
    /// <summary>Events of one job: fifty attempts at two events each, and a handful more.</summary>
    private const int MaxEvents = 400;

    /// <summary>Null when the newest checkpoint does not cover all of them yet. A refusal when a stored event is not what its leaf commits to: somebody changed it.</summary>
    /// <param name="job">The asset's job as it is stored; null where its view is gone.</param>
    public async Task<Outcome<EvidenceView>?> Gather(TenantId tenant, AssetView asset, JobView? job, CancellationToken cancellation)
    {
        var log = LogId.Of(tenant);
        if (await reader.NewestInPlatform(log, cancellation) is not var (head, platformIndex) || await reader.PlatformOver(platformIndex, cancellation) is not var (platform, stamp)) return null;
        if (await Read(log, asset, head.Size, cancellation) is not { Count: > 0 } rows) return null;

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
        return new EvidenceView(asset, head, new(platform, head, platformInclusion, stamp), events, anchors.SignersPem, anchors.TimeStampsPem);
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

    /// <summary>The job's events, then the asset's; null when one of them is not covered.</summary>
    private async Task<IReadOnlyList<(long Index, byte[] Entry, CommittedEvent Event)>?> Read(LogId log, AssetView asset, long size, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("""
            select l.idx, l.entry, e.seq_id, e.stream_id, e.version, e.type, e.timestamp, e.data::text
            from vitrine.mt_events e left join vitrine.ledger_leaf l on l.seq = e.seq_id
            where e.tenant_id = $1 and e.stream_id = any($2) order by e.stream_id <> $3, e.version limit $4
            """);
        command.Parameters.AddWithValue(log.Value);
        command.Parameters.AddWithValue(new[] { asset.Job, asset.Id });
        command.Parameters.AddWithValue(asset.Job);
        command.Parameters.AddWithValue(MaxEvents);
        var found = new List<(long, byte[], CommittedEvent)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            if (rows.IsDBNull(0) || rows.GetInt64(0) >= size) return null;
            found.Add((rows.GetInt64(0), rows.GetFieldValue<byte[]>(1), new(
                rows.GetInt64(2), log.Value, rows.GetString(3), rows.GetInt64(4), rows.GetString(5), rows.GetFieldValue<DateTimeOffset>(6), rows.GetString(7))));
        }
        return found;
    }
}
