using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Vitrine.Local;

/// <summary>The POSIX signals we send. Stop and continue have different numbers on Linux and macOS, so those two are computed.</summary>
internal static class Signals
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;
    public static int Pause => OperatingSystem.IsMacOS() ? 17 : 19;
    public static int Continue => OperatingSystem.IsMacOS() ? 19 : 18;
}

/// <summary>The few libc calls for which .NET has no method.</summary>
internal static partial class Posix
{
    private const int NoSuchProcess = 3;

    public static bool IsRoot => GetEffectiveUser() == 0;

    /// <summary>Sends a signal; a process that is already gone is not an error, because that race can always be lost.</summary>
    public static void Send(int processId, int signal)
    {
        if (SendSignal(processId, signal) != 0 && Marshal.GetLastPInvokeError() is var error && error != NoSuchProcess)
            throw new Win32Exception(error, $"Signal {signal} could not be sent to process {processId}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    public static void Give(string path, uint user, uint group)
    {
        if (ChangeOwner(path, user, group) != 0 && Marshal.GetLastPInvokeError() is var error)
            throw new Win32Exception(error, $"The owner of {path} could not be set to {user}:{group}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int GetParentProcess();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
