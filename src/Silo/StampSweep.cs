using Vitrine.Grains.Assets;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;

namespace Vitrine.Silo;

/// <summary>
/// Goes through the pictures that wait for a time stamp until the authority answers no more. Each silo does; the record of a picture takes one stamp only. What cannot be
/// stamped is passed over until the round begins anew.
/// </summary>
public sealed partial class StampSweep(LateStamps waiting, LateStamping stamping, ILogger<StampSweep> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Pictures between two looks at the clock.</summary>
    private const int AtOnce = 50;

    private AssetKey? _after;
    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Sweep(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Also for a bug of ours: what waits goes on waiting, and pictures are made all the same.
                LogLater(e);
            }
        }
    }

    /// <summary>Answers how many pictures were given their stamp.</summary>
    public async Task<int> Sweep(CancellationToken cancellation)
    {
        var stamped = 0;
        while (await waiting.Next(_after, AtOnce, cancellation) is { Count: > 0 } found)
        {
            foreach (var key in found)
            {
                // Before it is tried: one whose file cannot be read holds up no other.
                var before = _after;
                _after = key;
                switch (await stamping.Stamp(key, cancellation))
                {
                    case LateStampOutcome.Stamped:
                        (stamped, _isAway) = (stamped + 1, false);
                        break;
                    case LateStampOutcome.Unavailable:
                        if (!_isAway) LogWaiting();
                        (_after, _isAway) = (before, true);
                        return stamped;
                    case LateStampOutcome.Impossible:
                        LogImpossible(key.Tenant.Value, key.Asset.Value);
                        break;
                }
            }
        }
        _after = null;
        if (stamped > 0) LogStamped(stamped);
        return stamped;
    }

    [LoggerMessage(LogLevel.Information, "{Count} pictures that were signed while the time stamp authority was away have their stamp now")]
    private partial void LogStamped(int count);

    [LoggerMessage(LogLevel.Warning, "Pictures wait for a time stamp and the authority does not answer; trying again")]
    private partial void LogWaiting();

    [LoggerMessage(LogLevel.Error, "The picture {Asset} of {Tenant} cannot be given its time stamp: its file is lost or damaged, its signer's certificate is no longer valid, or its signer is no longer trusted here")]
    private partial void LogImpossible(string tenant, string asset);

    [LoggerMessage(LogLevel.Error, "Pictures could not be given the time stamp for which they wait; trying again")]
    private partial void LogLater(Exception cause);
}
