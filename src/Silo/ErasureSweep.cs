using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Subjects;

namespace Vitrine.Silo;

/// <summary>
/// Takes up erasings that were begun and did not end: because a silo died, or because there was more to do than one call does. Now and then it destroys again what came back with a restored backup of the keys.
/// </summary>
public sealed partial class ErasureSweep(IGrainFactory grains, Erasures erasures, SubjectKeys keys, TimeProvider time, ILogger<ErasureSweep> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5), LookForRevived = TimeSpan.FromMinutes(10);

    /// <summary>Erased people whose keys are asked for in one statement.</summary>
    private const int Page = 1000;

    /// <summary>Who asks, in the place of an API key: the one who did is on record already.</summary>
    private const string BySweep = "sweep";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        long? looked = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var subject in await erasures.Begun(stoppingToken)) await grains.Erasure(subject).Erase(BySweep, stoppingToken);
                if (looked is { } at && time.GetElapsedTime(at) < LookForRevived) continue;
                await DestroyRevived(stoppingToken);
                looked = time.GetTimestamp();
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

    private async Task DestroyRevived(CancellationToken cancellation)
    {
        await foreach (var page in erasures.Done(cancellation).Chunk(Page).WithCancellation(cancellation))
            if (await keys.DestroyRevived(page, cancellation) is > 0 and var revived) LogRevived(revived);
    }

    [LoggerMessage(LogLevel.Warning, "The keys of {People} erased people were there again, as after a backup of the keys was restored, and are destroyed")]
    private partial void LogRevived(int people);

    [LoggerMessage(LogLevel.Warning, "An erasing is not done yet; trying again: {Cause}")]
    private partial void LogLater(string cause);

    [LoggerMessage(LogLevel.Error, "An erasing could not go on; trying again")]
    private partial void LogCannotErase(Exception cause);
}
