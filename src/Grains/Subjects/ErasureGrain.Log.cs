using Microsoft.Extensions.Logging;

namespace Vitrine.Grains.Subjects;

public sealed partial class ErasureGrain
{
    // Not who it was: a log is kept elsewhere than the keys.
    [LoggerMessage(LogLevel.Information, "Somebody of {Tenant} was erased, with the texts of {Jobs} jobs and {Assets} pictures")]
    private partial void LogErased(string tenant, int jobs, int assets);

    [LoggerMessage(LogLevel.Warning, "The erasing of somebody of {Tenant} is recorded and not in the log yet")]
    private partial void LogLedgerLater(string tenant, Exception cause);
}
