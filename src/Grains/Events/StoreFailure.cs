using Marten.Exceptions;
using Npgsql;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Events;

/// <summary>Tells the world's doing (the store does not answer) from a bug of ours, by type and SQLSTATE, never by text.</summary>
public static class StoreFailure
{
    /// <summary>True when asking again later may help and nothing was wrong with what was asked.</summary>
    public static bool IsUnavailable(Exception e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is PostgresException postgres)
                return postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow;
            if (inner is NpgsqlException or System.Net.Sockets.SocketException or MartenCommandException { InnerException: TimeoutException or IOException } or LedgerUnavailableException)
                return true;
        }
        return false;
    }
}

/// <summary>Turns a store that does not answer into the one exception that callers know, at the border of every grain.</summary>
public sealed class StoreFailureFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception e) when (e is not LedgerUnavailableException && StoreFailure.IsUnavailable(e))
        {
            throw new LedgerUnavailableException($"The event store did not answer {context.InterfaceName}.{context.MethodName}: {e.GetType().Name}.");
        }
    }
}
