using Microsoft.Extensions.Logging;

namespace Vitrine.Grains.Rendering;

public sealed partial class RenderQueueGrain
{
    [LoggerMessage(LogLevel.Information, "{Count} open jobs were read from the store and wait again")]
    private partial void LogRestored(int count);

    [LoggerMessage(LogLevel.Warning, "A renderer fell silent; what it held waits again")]
    private partial void LogExpired();

    [LoggerMessage(LogLevel.Warning, "The open jobs could not be read; trying again soon")]
    private partial void LogCannotReconcile(Exception cause);
}
