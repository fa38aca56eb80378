using System.Diagnostics;

namespace Vitrine.Local.Tests;

/// <summary>The host program, run as a parent that can be killed.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process _process;

    private HostProcess(Process process, string firstLine) => (_process, FirstLine) = (process, firstLine);

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Vitrine.Local.Tests.Host.dll");

    /// <summary>What it said once it was ready.</summary>
    public string FirstLine { get; }

    public static async Task<HostProcess> Start(params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(Repository.Dotnet, ["exec", Program, .. arguments]) { RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadLineAsync();
        return new(process, line ?? throw new InvalidOperationException("The host ended without a word."));
    }

    /// <summary>SIGKILL to the host alone.</summary>
    public Task Kill()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
