namespace Vitrine.Grains.Interfaces;

/// <summary>Reads a tenant's transparency log. Key: the tenant. What it answers can be checked without believing it (docs/ledger.md).</summary>
[Alias("vitrine.ILedgerGrain"), GrainInterfaceType("vitrine.ledger")]
public interface ILedgerGrain : IGrainWithStringKey
{
    /// <summary>Rows of a page of events.</summary>
    public const int MaxPage = 200;

    /// <summary>The newest signed checkpoint; null before the first.</summary>
    [Alias("Checkpoint")] Task<LedgerHead?> Checkpoint(CancellationToken cancellation);

    /// <summary>The hashes of a tile (C2SP tlog-tiles), 32 bytes each; null when the newest checkpoint does not cover it.</summary>
    [Alias("Tile")] Task<byte[]?> Tile(int level, long index, int width, CancellationToken cancellation);

    /// <summary>An entry bundle (C2SP tlog-tiles); null when the newest checkpoint does not cover it.</summary>
    [Alias("Entries")] Task<byte[]?> Entries(long index, int width, CancellationToken cancellation);

    /// <summary>The proof that an entry is in the tree of <paramref name="size"/> leaves, or of the newest checkpoint; null when it is not, or nothing so large was signed.</summary>
    [Alias("Inclusion")] Task<InclusionView?> Inclusion(long index, long? size, CancellationToken cancellation);

    /// <summary>The proof that the tree of <paramref name="from"/> leaves is the beginning of that of <paramref name="to"/>, or of the newest checkpoint; null as above.</summary>
    [Alias("Consistency")] Task<ConsistencyView?> Consistency(long from, long? to, CancellationToken cancellation);

    /// <summary>Events of the log, oldest first, that fit the query.</summary>
    [Alias("Events")] Task<Outcome<EventPage>> Events(EventQuery query, CancellationToken cancellation);

    /// <summary>What one asset came from and what came with it; null when there is no such asset.</summary>
    [Alias("Lineage")] Task<LineageView?> Lineage(AssetId asset, CancellationToken cancellation);

    /// <summary>
    /// Everything that proves one asset, under a checkpoint that covers it; null when there is no such asset. A refusal when a stored event is not what the log recorded: somebody
    /// changed it afterwards.
    /// </summary>
    [Alias("Evidence")] Task<Outcome<EvidenceView>?> Evidence(AssetId asset, CancellationToken cancellation);

    /// <summary>The platform's log over the checkpoints of all tenants: a newest checkpoint of it, rather one that witnesses cosigned, and the proof that this tenant's newest is in it.</summary>
    [Alias("Platform")] Task<PlatformView?> Platform(CancellationToken cancellation);
}

/// <param name="Note">The signed note (C2SP tlog-checkpoint), with the cosignatures that witnesses have given.</param>
/// <param name="Key">The key that signed it, as a vkey (C2SP signed-note). Whoever trusts it because it came with the checkpoint trusts nobody but us.</param>
[GenerateSerializer, Immutable, Alias("vitrine.LedgerHead")]
public sealed record LedgerHead([property: Id(0)] string Note, [property: Id(1)] long Size, [property: Id(2)] string Key, [property: Id(3)] DateTimeOffset At);

/// <param name="Hashes">Base 64, from the leaf's sibling upwards (RFC 9162, section 2.1.3).</param>
[GenerateSerializer, Immutable, Alias("vitrine.InclusionView")]
public sealed record InclusionView(
    [property: Id(0)] long Index, [property: Id(1)] long Size, [property: Id(2)] string LeafHash, [property: Id(3)] string Root, [property: Id(4)] IReadOnlyList<string> Hashes);

/// <param name="Hashes">Base 64 (RFC 9162, section 2.1.4).</param>
[GenerateSerializer, Immutable, Alias("vitrine.ConsistencyView")]
public sealed record ConsistencyView(
    [property: Id(0)] long From, [property: Id(1)] long To, [property: Id(2)] string FromRoot, [property: Id(3)] string ToRoot, [property: Id(4)] IReadOnlyList<string> Hashes);

/// <param name="Platform">The platform's checkpoint that witnesses attest best, of those that cover the tenant's.</param>
/// <param name="Tenant">The tenant's newest checkpoint: the entry that is proved.</param>
/// <param name="Stamp">RFC 3161 token over the text of the platform's checkpoint; null when it has none.</param>
[GenerateSerializer, Immutable, Alias("vitrine.PlatformView")]
public sealed record PlatformView([property: Id(0)] LedgerHead Platform, [property: Id(1)] LedgerHead Tenant, [property: Id(2)] InclusionView Inclusion, [property: Id(3)] byte[]? Stamp);
