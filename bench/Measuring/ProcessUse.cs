using System.Globalization;

namespace Vitrine.Bench;

/// <summary>Processor time and memory of processes, from /proc (proc(5)). Figures are zero where there is no /proc.</summary>
internal static class ProcessUse
{
    private const double TicksPerSecond = 100; // USER_HZ of every Linux that .NET supports.

    /// <summary>User and system time of a process, of its children that have ended, and of its children that live.</summary>
    public static TimeSpan OfTree(int process)
    {
        if (!Directory.Exists("/proc/self"))
            return TimeSpan.Zero;
        var ticks = Ticks(process, ended: true);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Fields(id) is { } fields && fields[1] == process.ToString(CultureInfo.InvariantCulture))
                ticks += Ticks(id, ended: false);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>Bytes of resident memory that no file backs: heaps and stacks.</summary>
    public static long Memory(int process)
    {
        var file = $"/proc/{process}/status";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture);
    }

    private static long Ticks(int process, bool ended) =>
        Fields(process) is { } fields ? fields.Skip(11).Take(ended ? 4 : 2).Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) : 0;

    /// <summary>The fields from the state on; the name before may hold spaces. Null for a process that has gone.</summary>
    private static string[]? Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
