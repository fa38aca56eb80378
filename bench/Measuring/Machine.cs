using System.Globalization;
using System.Runtime.InteropServices;

namespace Vitrine.Bench;

/// <summary>Where and when a run took place. The load says whether the machine had other work.</summary>
internal sealed record Machine(int Cores, string Processor, string DotNet, string System, DateTimeOffset StartedAt, double? LoadAtStart)
{
    public static Machine Here() => new(
        Environment.ProcessorCount, ProcessorName(), RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription.Split('\n')[0], TimeProvider.System.GetUtcNow(), LoadNow());

    public string Sentence => string.Create(CultureInfo.InvariantCulture,
        $"{Cores} cores ({Processor}), {DotNet}, {System}, {StartedAt:yyyy-MM-dd HH:mm} UTC, load {LoadAtStart?.ToString("0.0", CultureInfo.InvariantCulture) ?? "unknown"} before the start");

    /// <summary>Runnable tasks, averaged over a minute; null where the system does not tell.</summary>
    public static double? LoadNow() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;

    private static string ProcessorName() =>
        File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() : RuntimeInformation.ProcessArchitecture.ToString();
}
