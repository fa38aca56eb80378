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
    public static LeafEnvelope? Parse(ReadOnlySpan<byte> bytes) => !TryRead(bytes, out var leaf) ? null : new()
    {
        Tenant = LeafSpans.Text(leaf.Tenant), Stream = LeafSpans.Text(leaf.Stream), Version = leaf.Version, Sequence = leaf.Sequence, Type = LeafSpans.Text(leaf.Type),
        RecordedAt = DateTimeOffset.UnixEpoch.AddTicks(leaf.RecordedAt * TimeSpan.TicksPerMicrosecond), Commitment = leaf.Commitment,
        PolicyDigest = leaf.PolicyDigest, Manifest = leaf.HasManifest ? LeafSpans.Text(leaf.Manifest) : null, FileSha256 = leaf.FileSha256,
    };

    /// <summary>As <see cref="Parse"/>, and nothing is copied.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out LeafSpans leaf)
    {
        leaf = default;
        if (bytes.Length > MaxBytes) return false;
        var reader = new CanonicalCbor(bytes);
        if (!reader.TryMap(out var pairs)
            || !reader.Skip((int)Key.Format) || !reader.TryInteger(out var format) || format != CurrentFormat
            || !reader.Skip((int)Key.Tenant) || !reader.TryText(out leaf.Tenant)
            || !reader.Skip((int)Key.Stream) || !reader.TryText(out leaf.Stream)
            || !reader.Skip((int)Key.Version) || !reader.TryInteger(out leaf.Version)
            || !reader.Skip((int)Key.Sequence) || !reader.TryInteger(out leaf.Sequence)
            || !reader.Skip((int)Key.Type) || !reader.TryText(out leaf.Type)
            || !reader.Skip((int)Key.RecordedAt) || !reader.TryInteger(out leaf.RecordedAt) || leaf.RecordedAt < FirstTime || leaf.RecordedAt > LastTime
            || !reader.Skip((int)Key.Commitment) || !reader.TryHash(out leaf.Commitment)) return false;
        var read = 8;
        if (reader.Skip((int)Key.PolicyDigest))
        {
            if (!reader.TryHash(out var hash)) return false;
            (leaf.PolicyDigest, read) = (hash, read + 1);
        }
        if (leaf.HasManifest = reader.Skip((int)Key.Manifest))
        {
            if (!reader.TryText(out leaf.Manifest)) return false;
            read++;
        }
        if (reader.Skip((int)Key.File))
        {
            if (!reader.TryHash(out var hash)) return false;
            (leaf.FileSha256, read) = (hash, read + 1);
        }
        return pairs == read && reader.IsAtEnd;
    }

    private static readonly long FirstTime = (DateTimeOffset.MinValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    private static readonly long LastTime = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
