using Microsoft.Extensions.Logging;

namespace Vitrine.Grains.Ledger;

public sealed partial class LedgersGrain
{
    [LoggerMessage(LogLevel.Information, "Writing the ledger in turn {Epoch}, from event {Sequence} on")]
    private partial void LogOpened(long epoch, long sequence);

    [LoggerMessage(LogLevel.Warning, "Another writer has taken over the ledger; turn {Epoch} is over")]
    private partial void LogFenced(long epoch);
}
