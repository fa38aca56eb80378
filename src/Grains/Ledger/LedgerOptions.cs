using Vitrine.Grains.Interfaces;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>Who signs the logs, under which names and how often.</summary>
/// <param name="Origin">The name of the platform's log, a URL without a scheme; a tenant's log is called <c>origin/tenant</c>.</param>
/// <param name="Signer">Signs checkpoints. Another key than the one that signs Content Credentials: neither can speak for the other.</param>
public sealed record LedgerOptions(string Origin, NoteSigner Signer)
{
    /// <summary>The longest that an event waits for a signed checkpoint. Default one minute.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>So many new leaves of a log are signed at once. Default 10,000.</summary>
    public long CheckpointLeaves { get; init; } = 10_000;

    /// <summary>Who is asked to cosign the platform's checkpoints. Default nobody.</summary>
    public IReadOnlyList<IWitness> Witnesses { get; init; } = [];

    /// <summary>Who stamps the platform's checkpoints (RFC 3161); null for nobody.</summary>
    public ITimeStampAuthority? TimeStamps { get; init; }

    /// <summary>The platform's checkpoint is stamped so often at most. Default one hour.</summary>
    public TimeSpan StampEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The log's name: origin line and key name of its checkpoints.</summary>
    public string OriginOf(LogId log) => log == LogId.Platform ? Origin : $"{Origin}/{log}";

    public NoteKey KeyOf(LogId log) => Signer.Key(OriginOf(log));
}

/// <summary>One log: a tenant's, or the platform's over all of them.</summary>
public readonly record struct LogId
{
    private LogId(string value) => Value = value;

    /// <summary>The name in the store.</summary>
    public string Value { get; }

    /// <summary>No tenant can have its name.</summary>
    public static readonly LogId Platform = new("@platform");

    public static LogId Of(TenantId tenant) => new(tenant.Value);
    public override string ToString() => Value;
}
