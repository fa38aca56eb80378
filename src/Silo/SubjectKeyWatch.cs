using Vitrine.Grains.Events;
using Vitrine.Grains.Subjects;

namespace Vitrine.Silo;

/// <summary>Looks for erasures often enough that the keys in memory always count. Where it cannot look, they stop counting by themselves.</summary>
public sealed partial class SubjectKeyWatch(SubjectKeys keys, ILogger<SubjectKeyWatch> log) : BackgroundService
{
    /// <summary>A look may be late by as much again before keys stop counting.</summary>
    private static readonly TimeSpan Every = SubjectKeys.Trust / 2;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Real time: how soon an erasure counts is no matter of the hour.
        using var timer = new PeriodicTimer(Every);
        do
        {
            try
            {
                await keys.Refresh(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && StoreFailure.IsUnavailable(e))
            {
                LogCannotLook(e.Message);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // A bug of ours must not stop the silo; without a look the keys stop counting.
                LogLookFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "The key database did not say whether anybody was erased: {Cause}")]
    private partial void LogCannotLook(string cause);

    [LoggerMessage(LogLevel.Error, "Looking for erasures failed; trying again")]
    private partial void LogLookFailed(Exception cause);
}
