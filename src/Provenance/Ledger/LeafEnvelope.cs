using System.Formats.Cbor;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// What a leaf says about one event: who, where, when and which, with a commitment in place of the payload. Written as deterministic CBOR (RFC 8949, section
/// 4.2.1), a map with small numbers as keys, so that equal envelopes are equal bytes.
/// </summary>
public sealed record LeafEnvelope
{
    /// <summary>Bytes that an envelope can have; what we write stays below a thousand.</summary>
    public const int MaxBytes = 8 * 1024;

    private const int CurrentFormat = 1;

    private enum Key { Format = 0, Tenant = 1, Stream = 2, Version = 3, Sequence = 4, Type = 5, RecordedAt = 6, Commitment = 7, PolicyDigest = 8, Manifest = 9, File = 10 }

    public required string Tenant { get; init; }

    /// <summary>The stream within the tenant.</summary>
    public required string Stream { get; init; }

    /// <summary>The event's number within its stream, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>The event's number in the store. It grows from leaf to leaf of one log; gaps are other tenants' events and numbers that were never used.</summary>
    public required long Sequence { get; init; }

    /// <summary>The stored name of the event.</summary>
    public required string Type { get; init; }

    /// <summary>When the store recorded it, to the microsecond.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary><c>SHA-256(salt ‖ payload)</c>, see <see cref="PayloadCommitment"/>.</summary>
    public required TreeHash Commitment { get; init; }

    /// <summary>SHA-256 over the policy files behind the event; null where none decided.</summary>
    public TreeHash? PolicyDigest { get; init; }

    /// <summary>The URN of the C2PA manifest of a file; null where there is none.</summary>
    public string? Manifest { get; init; }

    /// <summary>SHA-256 of the file; null where there is none.</summary>
    public TreeHash? FileSha256 { get; init; }

    public byte[] ToBytes()
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(8 + (PolicyDigest is null ? 0 : 1) + (Manifest is null ? 0 : 1) + (FileSha256 is null ? 0 : 1));
        Write(Key.Format).WriteInt32(CurrentFormat);
        Write(Key.Tenant).WriteTextString(Tenant);
        Write(Key.Stream).WriteTextString(Stream);
        Write(Key.Version).WriteInt64(Version);
        Write(Key.Sequence).WriteInt64(Sequence);
        Write(Key.Type).WriteTextString(Type);
        Write(Key.RecordedAt).WriteInt64((RecordedAt.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);
        Write(Key.Commitment).WriteByteString(Commitment.ToArray());
        if (PolicyDigest is { } policy) Write(Key.PolicyDigest).WriteByteString(policy.ToArray());
        if (Manifest is not null) Write(Key.Manifest).WriteTextString(Manifest);
        if (FileSha256 is { } file) Write(Key.File).WriteByteString(file.ToArray());
        writer.WriteEndMap();
        return writer.Encode();

        CborWriter Write(Key key)
        {
            writer.WriteInt32((int)key);
            return writer;
        }
    }

    /// <summary>Null when the bytes are not exactly what <see cref="ToBytes"/> writes for some envelope.</summary>
    public static LeafEnvelope? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes) return null;
        var reader = new CanonicalCbor(bytes);
        if (!reader.TryMap(out var pairs)
            || !reader.Skip((int)Key.Format) || !reader.TryInteger(out var format) || format != CurrentFormat
            || !reader.Skip((int)Key.Tenant) || !reader.TryText(out var tenant)
            || !reader.Skip((int)Key.Stream) || !reader.TryText(out var stream)
            || !reader.Skip((int)Key.Version) || !reader.TryInteger(out var version)
            || !reader.Skip((int)Key.Sequence) || !reader.TryInteger(out var sequence)
            || !reader.Skip((int)Key.Type) || !reader.TryText(out var type)
            || !reader.Skip((int)Key.RecordedAt) || !reader.TryInteger(out var recordedAt) || recordedAt < FirstTime || recordedAt > LastTime
            || !reader.Skip((int)Key.Commitment) || !reader.TryHash(out var commitment)) return null;
        var read = 8;
        TreeHash? policy = null, file = null;
        string? manifest = null;
        if (reader.Skip((int)Key.PolicyDigest))
        {
            if (!reader.TryHash(out var hash)) return null;
            (policy, read) = (hash, read + 1);
        }
        if (reader.Skip((int)Key.Manifest))
        {
            if (!reader.TryText(out manifest)) return null;
            read++;
        }
        if (reader.Skip((int)Key.File))
        {
            if (!reader.TryHash(out var hash)) return null;
            (file, read) = (hash, read + 1);
        }
        return pairs != read || !reader.IsAtEnd ? null : new()
        {
            Tenant = tenant, Stream = stream, Version = version, Sequence = sequence, Type = type, RecordedAt = DateTimeOffset.UnixEpoch.AddTicks(recordedAt * TimeSpan.TicksPerMicrosecond),
            Commitment = commitment, PolicyDigest = policy, Manifest = manifest, FileSha256 = file,
        };
    }

    private static readonly long FirstTime = (DateTimeOffset.MinValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    private static readonly long LastTime = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
