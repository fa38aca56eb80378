using Microsoft.Extensions.Logging;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

public sealed partial class JobGrain
{
    [LoggerMessage(LogLevel.Information, "Job {Job} ended as {State} after {Attempt} attempts")]
    private partial void LogEnded(string job, JobState state, int attempt);

    [LoggerMessage(LogLevel.Warning, "A message about job {Job} was lost; a later fold will mend it")]
    private partial void LogMessageLost(string job, Exception cause);
}
