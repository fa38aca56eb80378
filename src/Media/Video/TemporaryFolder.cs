namespace Vitrine.Media;

/// <summary>
/// A folder of its own for files that a program reads or writes, readable by this user only, and gone afterwards. What a process that was killed left behind goes with the next folder that is made: a lock, which the system
/// takes back from the dead, tells whether somebody still has it.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Prefix = "vitrine-clip-", LockName = "lock";

    /// <summary>A folder without a lock is either this young, and its owner about to lock it, or nobody's.</summary>
    private static readonly TimeSpan Unlocked = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo folder;
    private readonly FileStream held;

    public TemporaryFolder()
    {
        SweepAbandoned();
        folder = Directory.CreateTempSubdirectory(Prefix);
        held = Hold(File(LockName), FileMode.CreateNew);
    }

    public string File(string name) => Path.Combine(folder.FullName, name);

    public void Dispose()
    {
        held.Dispose();
        folder.Delete(recursive: true);
    }

    /// <summary>Removes what killed processes left.</summary>
    internal static void SweepAbandoned()
    {
        foreach (var left in new DirectoryInfo(Path.GetTempPath()).EnumerateDirectories(Prefix + "*"))
            try
            {
                var mark = Path.Combine(left.FullName, LockName);
                if (!System.IO.File.Exists(mark))
                {
                    if (TimeProvider.System.GetUtcNow() - left.CreationTimeUtc < Unlocked) continue;
                }
                else
                {
                    using var mine = Hold(mark, FileMode.Open);
                }
                left.Delete(recursive: true);
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                // Somebody works in it, it is another user's, or another process has just swept it.
            }
    }

    private static FileStream Hold(string file, FileMode mode) => new(file, mode, FileAccess.ReadWrite, FileShare.None);
}
