using Microsoft.Extensions.Logging;

namespace Vitrine.Grains.Events;

public sealed partial class EventJournal
{
    [LoggerMessage(LogLevel.Information, "A shared commit of {Count} failed; trying each alone")]
    private partial void LogSharedCommitFailed(int count, Exception cause);

    [LoggerMessage(LogLevel.Warning, "The event store did not answer a commit")]
    private partial void LogUnavailable(Exception cause);

    [LoggerMessage(LogLevel.Error, "A commit failed for a reason that this code does not know")]
    private partial void LogBug(Exception cause);
}
