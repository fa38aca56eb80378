using Vitrine.Grains.Rendering;
using Vitrine.Media;

namespace Vitrine.Silo;

/// <summary>Removes previews that nobody will ask for any more, and checkpoints of jobs that nobody has ended for very long.</summary>
public sealed partial class TransientSweep(IBlobStore blobs, TimeProvider time, ILogger<TransientSweep> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await blobs.SweepTransient(name => time.GetUtcNow() - (Checkpoints.IsCheckpoint(name) ? Checkpoints.Lifetime : PreviewStream.Lifetime), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Also for a bug of ours: old previews may lie for another round.
                LogCannotSweep(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old previews could not be removed")]
    private partial void LogCannotSweep(Exception cause);
}
