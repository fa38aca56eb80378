using Microsoft.Extensions.Logging;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

public sealed partial class RendererGrain
{
    [LoggerMessage(LogLevel.Warning, "Device {Device} could not ask for work: {Cause}")]
    private partial void LogCannotPull(DeviceId device, string cause);

    [LoggerMessage(LogLevel.Error, "Device {Device} could not make {Model} ready and leaves it alone for {Seconds} s")]
    private partial void LogUnready(DeviceId device, string model, double seconds, Exception cause);

    [LoggerMessage(LogLevel.Error, "Device {Device} let {Job} go after an error that nobody expected")]
    private partial void LogBug(DeviceId device, JobKey job, Exception cause);

    [LoggerMessage(LogLevel.Warning, "Device {Device} gave {Job} back: {Cause}")]
    private partial void LogGaveBack(DeviceId device, JobKey job, string cause);

    [LoggerMessage(LogLevel.Warning, "The result of {Job} could not be reported yet: {Cause}")]
    private partial void LogCannotReport(JobKey job, string cause);

    [LoggerMessage(LogLevel.Information, "Attempt {Attempt} of {Job} made a picture that the output policy blocks: {Rules}")]
    private partial void LogBlocked(JobKey job, int attempt, string rules);

    [LoggerMessage(LogLevel.Error, "Attempt {Attempt} of {Job} failed")]
    private partial void LogFailed(JobKey job, int attempt, Exception cause);
}
