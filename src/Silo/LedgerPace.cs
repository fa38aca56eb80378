using Vitrine.Grains.Interfaces;

namespace Vitrine.Silo;

/// <summary>Lets the ledger's writer look for new events every second. Each silo does, so that a dead one is not missed; a look that finds nothing is one small query.</summary>
public sealed partial class LedgerPace(IGrainFactory grains, ILogger<LedgerPace> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Real time: how soon leaves follow their events is no matter of the hour.
        using var timer = new PeriodicTimer(Every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await grains.Ledgers().Advance(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Also for a bug of ours: the events are safe, the log falls behind, and pictures are made all the same.
                LogCannotAdvance(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The ledger could not be written; trying again")]
    private partial void LogCannotAdvance(Exception cause);
}
