using Npgsql;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Subjects;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Gathers what proves one asset: the events of its job and its own, with their salts and payloads, under one checkpoint.</summary>
public sealed class Evidence(NpgsqlDataSource database, LedgerReader reader, SubjectKeys keys, LedgerOptions options)
{
    /// <summary>Events of one job: fifty attempts at two events each, and a handful more.</summary>
    private const int MaxEvents = 400;

    /// <summary>Null when the newest checkpoint does not cover all of them yet.</summary>
    /// <exception cref="InvalidDataException">A stored event is not what its leaf commits to: somebody changed it.</exception>
    public async Task<EvidenceView?> Gather(TenantId tenant, AssetView asset, CancellationToken cancellation)
    {
        var log = LogId.Of(tenant);
        if (await reader.NewestInPlatform(log, cancellation) is not var (head, platformIndex) || await reader.PlatformOver(platformIndex, cancellation) is not var (platform, stamp)) return null;
        if (await Read(log, asset, head.Size, cancellation) is not { Count: > 0 } rows) return null;

        var salts = await keys.Salts([tenant.Value], cancellation);
        var events = new List<EvidenceEvent>(rows.Count);
        foreach (var (index, entry, e) in rows)
        {
            var (salt, payload) = (salts.Of(e), e.Payload());
            if (LeafEnvelope.Parse(entry)?.Commitment != PayloadCommitment.Of(salt, payload))
                throw new InvalidDataException($"Event {e.Sequence} of {tenant} is not what the ledger recorded at {index}.");
            events.Add(new(entry, salt, payload, await reader.Inclusion(log, index, head.Size, cancellation)));
        }
        var inclusion = await reader.Inclusion(LogId.Platform, platformIndex, platform.Size, cancellation);
        return new(asset, head, new(platform, head, inclusion, stamp), events, options.TrustAnchorPem);
    }

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
