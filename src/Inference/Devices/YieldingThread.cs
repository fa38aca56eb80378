using System.Runtime.InteropServices;

namespace Vitrine.Inference;

/// <summary>
/// Threads that leave the processor to others who want it. On Linux, where .NET knows no priorities of threads, by a nice value of their own (setpriority(2)); elsewhere by
/// <see cref="ThreadPriority.BelowNormal"/>.
/// </summary>
public static partial class YieldingThread
{
    /// <summary>The largest nice value: runs where nobody else wants to.</summary>
    public const int LargestNice = 19;

    private const int OfOneThread = 0, ThisThread = 0; // PRIO_PROCESS: Linux takes the id of a thread for it.

    /// <summary>Starts one. It never becomes more urgent again, which would need a privilege.</summary>
    /// <param name="nice">0 (as urgent as any) to <see cref="LargestNice"/>. Each step is a tenth less of a contended core; it counts among the threads of the same control group or session.</param>
    public static void Start(string name, int nice, Action run)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nice);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nice, LargestNice);
        new Thread(() =>
        {
            // Where a system forbids even this, the work is done no worse than without.
            if (nice > 0 && OperatingSystem.IsLinux())
                _ = SetPriority(OfOneThread, ThisThread, nice);
            run();
        })
        { Name = name, IsBackground = true, Priority = nice > 0 ? ThreadPriority.BelowNormal : ThreadPriority.Normal }.Start();
    }

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int who, int priority);
}
