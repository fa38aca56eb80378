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
    public static LeafEnvelope? Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes) return null;
        try
        {
            var reader = new CborReader(bytes, CborConformanceMode.Canonical);
            var left = reader.ReadStartMap() ?? 0;
            var next = left > 0 ? reader.ReadInt32() : -1;
            bool At(Key key) => left > 0 && next == (int)key;
            T Take<T>(Key key, Func<CborReader, T> read)
            {
                if (!At(key)) throw new CborContentException($"The member {key} is missing.");
                var value = read(reader);
                if (--left > 0) next = reader.ReadInt32();
                return value;
            }
            if (Take(Key.Format, r => r.ReadInt32()) != CurrentFormat) return null;
            var envelope = new LeafEnvelope
            {
                Tenant = Take(Key.Tenant, r => r.ReadTextString()),
                Stream = Take(Key.Stream, r => r.ReadTextString()),
                Version = Take(Key.Version, r => r.ReadInt64()),
                Sequence = Take(Key.Sequence, r => r.ReadInt64()),
                Type = Take(Key.Type, r => r.ReadTextString()),
                RecordedAt = Take(Key.RecordedAt, r => DateTimeOffset.UnixEpoch.AddTicks(checked(r.ReadInt64() * TimeSpan.TicksPerMicrosecond))),
                Commitment = Take(Key.Commitment, ReadHash),
                PolicyDigest = At(Key.PolicyDigest) ? Take(Key.PolicyDigest, ReadHash) : null,
                Manifest = At(Key.Manifest) ? Take(Key.Manifest, r => r.ReadTextString()) : null,
                FileSha256 = At(Key.File) ? Take(Key.File, ReadHash) : null,
            };
            if (left > 0) return null;
            reader.ReadEndMap();
            return reader.BytesRemaining == 0 ? envelope : null;
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    private static TreeHash ReadHash(CborReader reader) => new(reader.ReadDefiniteLengthByteString().Span);
}
