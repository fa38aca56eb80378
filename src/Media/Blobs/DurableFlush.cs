using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Vitrine.Media;

/// <summary>
/// Makes files and directories survive a loss of power. .NET opens no handle on a directory, yet a rename is only durable once the directory that
/// holds the name is flushed; and its <c>RandomAccess.FlushToDisk</c> reported success on Linux when fsync was made to fail with EIO.
/// So on Linux and macOS this asks libc.
/// </summary>
internal static class DurableFlush
{
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The bytes may be lost; HResult is the errno.</exception>
    public static void File(SafeFileHandle file, string path)
    {
        // On macOS fsync leaves the bytes in the drive's cache, and .NET asks for F_FULLFSYNC there.
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(file);
        else if (Fsync(file) != 0)
            throw Failure("fsync", path);
    }

    /// <summary>Windows journals renames and offers no such call.</summary>
    /// <exception cref="IOException">The directory could not be opened or flushed; its entries may be lost.</exception>
    public static void Directory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var directory = Open(Encoding.UTF8.GetBytes(path + '\0'), ReadOnly);
        if (directory.IsInvalid)
            throw Failure("open", path);
        if (Fsync(directory) != 0)
            throw Failure("fsync", path);
    }

    private static IOException Failure(string call, string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"{call} of {path} failed: {new Win32Exception(errno).Message}", errno);
    }

    // The third argument of open(2) is variadic and only read with O_CREAT, which is never passed here.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(SafeFileHandle file);
}
