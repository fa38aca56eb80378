using System.Diagnostics;
using System.Globalization;

namespace Vitrine.Gateway;

/// <summary>
/// Ends the gateway when the process that started it is gone, so that a killed parent leaves no orphan. Only where the parent asks for it
/// with the environment variable <c>VITRINE_PARENT_PID</c>.
/// </summary>
internal sealed class ParentWatch(IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    public const string Variable = "VITRINE_PARENT_PID";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) return;
        using var parent = Find(pid);
        using var timer = new PeriodicTimer(Interval, time);
        // The process object knows when its process began, so another one that gets the same number later is not taken for it.
        while (parent is { HasExited: false })
            if (!await timer.WaitForNextTickAsync(stoppingToken)) return;
        lifetime.StopApplication();
    }

    private static Process? Find(int pid)
    {
        try
        {
            return Process.GetProcessById(pid);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
