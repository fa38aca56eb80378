using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Subjects;

namespace Vitrine.Silo;

/// <summary>Takes up erasings that were begun and did not end: because a silo died, or because there was more to do than one call does.</summary>
public sealed partial class ErasureSweep(IGrainFactory grains, Erasures erasures, ILogger<ErasureSweep> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>Who asks, in the place of an API key: the one who did is on record already.</summary>
    private const string BySweep = "sweep";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var subject in await erasures.Begun(stoppingToken)) await grains.Erasure(subject).Erase(BySweep, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && (StoreFailure.IsUnavailable(e) || e is OrleansException or TimeoutException or IOException))
            {
                LogLater(e.Message);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // A bug of ours must not stop the silo; what was begun stays begun.
                LogCannotErase(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "An erasing is not done yet; trying again: {Cause}")]
    private partial void LogLater(string cause);

    [LoggerMessage(LogLevel.Error, "An erasing could not go on; trying again")]
    private partial void LogCannotErase(Exception cause);
}
