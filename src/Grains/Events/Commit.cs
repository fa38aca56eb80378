using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Events;

/// <summary>What one grain wants to record, all or nothing.</summary>
/// <param name="Fences">Account epochs that must still be in force when this commits.</param>
public sealed record Commit(TenantId Tenant, IReadOnlyList<StreamAppend> Streams, IReadOnlyList<AccountFence> Fences)
{
    public static Commit Of(TenantId tenant, params StreamAppend[] streams) => new(tenant, streams, []);
}

/// <summary>Events for one stream: one that they start, or one that they continue.</summary>
public sealed record StreamAppend
{
    private StreamAppend(string stream, long expected, object? before, IReadOnlyList<object> events) =>
        (Stream, Expected, Before, Events) = (stream, expected, before, events);

    /// <summary>Stream key within the tenant.</summary>
    public string Stream { get; }

    /// <summary>Events that the stream holds as far as the writer knows; 0 starts the stream.</summary>
    public long Expected { get; }

    /// <summary>The view that stands beside the stream before these events; null where there is none.</summary>
    public object? Before { get; }
    public IReadOnlyList<object> Events { get; }

    public static StreamAppend Start(string stream, params IReadOnlyList<object> events) => new(stream, 0, null, events);

    /// <param name="expected">At least 1; 0 is a start.</param>
    public static StreamAppend Continue(string stream, long expected, object? before, params IReadOnlyList<object> events) => new(stream, expected, before, events);
}

/// <param name="Account">The account's name within the tenant, see <see cref="Quotas.AccountName"/>; or the stream of a subject, which is opened when the subject is erased and never else.</param>
/// <param name="Epoch">0 for one that was never opened.</param>
public sealed record AccountFence(string Account, long Epoch);

/// <summary>Somebody else wrote to the stream first: the writer's view is old and it must load again.</summary>
public sealed class StreamMovedException(string stream, Exception? inner = null) : Exception($"Stream {stream} has moved on.", inner);

/// <summary>An account was activated anew between hold and commit: the holds behind this commit are void.</summary>
public sealed class AccountFencedException(Exception? inner = null) : Exception("An account of this commit has been activated anew.", inner);
