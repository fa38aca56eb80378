using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Events;

/// <summary>What one grain wants to record, all or nothing.</summary>
/// <param name="Fences">Account epochs that must still be in force when this commits.</param>
public sealed record Commit(TenantId Tenant, IReadOnlyList<StreamAppend> Streams, IReadOnlyList<AccountFence> Fences)
{
    public static Commit Of(TenantId tenant, params StreamAppend[] streams) => new(tenant, streams, []);
}

/// <param name="Stream">Stream key within the tenant.</param>
/// <param name="Expected">Events that the stream holds as far as the writer knows; 0 starts the stream.</param>
/// <param name="Before">The view that stands beside the stream before these events; null for a new stream, and for a writer that does not hold it.</param>
public sealed record StreamAppend(string Stream, long Expected, object? Before, IReadOnlyList<object> Events)
{
    /// <summary>Starts a stream.</summary>
    public StreamAppend(string stream, params IReadOnlyList<object> events) : this(stream, 0, null, events) { }
}

/// <param name="Account">The account's name within the tenant, see <see cref="Quotas.AccountName"/>.</param>
public sealed record AccountFence(string Account, long Epoch);

/// <summary>Somebody else wrote to the stream first: the writer's view is old and it must load again.</summary>
public sealed class StreamMovedException(string stream, Exception? inner = null) : Exception($"Stream {stream} has moved on.", inner);

/// <summary>An account was activated anew between hold and commit: the holds behind this commit are void.</summary>
public sealed class AccountFencedException(Exception? inner = null) : Exception("An account of this commit has been activated anew.", inner);
