using Marten.Exceptions;
using Microsoft.Extensions.Logging;
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
                return postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
                    or PostgresErrorCodes.ReadOnlySqlTransaction; // A server that was made to follow another one; the next connection finds the one that leads.
            if (inner is NpgsqlException or System.Net.Sockets.SocketException or MartenCommandException { InnerException: TimeoutException or IOException } or LedgerUnavailableException)
                return true;
        }
        return false;
    }
}

/// <summary>
/// The border of every grain towards the store: a store that does not answer becomes the one exception that callers know, and an error that is a
/// bug of ours is logged here, where it is whole, and crosses the wire without the driver's objects in it.
/// </summary>
public sealed partial class StoreFailureFilter(ILogger<StoreFailureFilter> log) : IIncomingGrainCallFilter
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
        catch (Exception e) when (e is NpgsqlException or MartenException or MartenCommandException or StreamMovedException or AccountFencedException)
        {
            LogBug(context.InterfaceName, context.MethodName, e);
            throw new InvalidOperationException($"{context.InterfaceName}.{context.MethodName} failed at the event store: {e.GetType().Name}.");
        }
    }

    [LoggerMessage(LogLevel.Error, "{Interface}.{Method} failed at the event store")]
    private partial void LogBug(string @interface, string method, Exception cause);
}
