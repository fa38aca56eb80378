using System.Diagnostics;
using System.Globalization;

namespace Vitrine.Silo;

/// <summary>Ends this process when the one that started it is gone, where the system cannot do that by itself (<c>VITRINE_PARENT_PID</c>).</summary>
public sealed class ParentWatch(IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("VITRINE_PARENT_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out var parent)) return;
        try
        {
            using var process = Process.GetProcessById(parent);
            await process.WaitForExitAsync(stoppingToken);
        }
        catch (ArgumentException)
        {
            // It is gone already.
        }
        if (!stoppingToken.IsCancellationRequested) lifetime.StopApplication();
    }
}
