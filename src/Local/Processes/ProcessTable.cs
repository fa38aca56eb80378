using System.Diagnostics;
using System.Globalization;

namespace Vitrine.Local;

/// <summary>One row of the machine's process table. A zombie has ended and only waits to be reaped, so it counts as gone.</summary>
internal sealed record RunningProcess(int Id, int Parent, bool Zombie, IReadOnlyList<string> Arguments);

/// <summary>Reads the process table: from /proc on Linux, through ps elsewhere.</summary>
internal static class ProcessTable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    public static async Task<IReadOnlyList<RunningProcess>> Read(CancellationToken ct)
    {
        if (Directory.Exists("/proc/self"))
            return [.. Directory.EnumerateDirectories("/proc").Select(ReadProc).OfType<RunningProcess>()];
        var listing = await Command.Run("ps", ["-axo", "pid=,ppid=,stat=,command="], ct);
        return [.. listing.Output.Split('\n').Select(ParsePs).OfType<RunningProcess>()];
    }

    public static async Task<bool> IsRunning(int processId, CancellationToken ct) =>
        Directory.Exists("/proc/self")
            ? ReadProc($"/proc/{processId}") is { Zombie: false }
            : (await Read(ct)).Any(process => process.Id == processId && !process.Zombie);

    /// <summary>Waits for the end of a process that need not be our child. False when it outlasts our patience.</summary>
    public static async Task<bool> Gone(int processId, TimeSpan patience, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        while (await IsRunning(processId, ct))
        {
            if (clock.Elapsed > patience)
                return false;
            await Task.Delay(Poll, ct);
        }

        return true;
    }

    private static RunningProcess? ReadProc(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        try
        {
            // "pid (name) state ppid …": the name may itself hold spaces and brackets, hence the last bracket.
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var arguments = File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            return new(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0] is "Z" or "X", arguments);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null; // It ended between listing and reading.
        }
    }

    private static RunningProcess? ParsePs(string line)
    {
        var fields = line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return fields.Length == 4 && int.TryParse(fields[0], out var id) && int.TryParse(fields[1], out var parent)
            ? new(id, parent, fields[2].StartsWith('Z'), fields[3].Split(' '))
            : null;
    }
}
