namespace Vitrine.Media;

/// <summary>The volume or its quota has no room. The operation left nothing behind and may be tried again once there is room.</summary>
public sealed class StorageFullException : IOException
{
    public StorageFullException()
    {
    }

    public StorageFullException(string message) : base(message)
    {
    }

    public StorageFullException(string message, Exception cause) : base(message, cause)
    {
    }

    /// <summary>
    /// True for the operating system's "no space left" and "quota exceeded". .NET puts the raw errno into HResult on Unix
    /// (ENOSPC 28 everywhere, EDQUOT 122 on Linux and 69 on macOS) and the Win32 code on Windows (39, 112).
    /// </summary>
    internal static bool IsTheCauseOf(IOException failure) => failure.HResult is
        28 or 122 or 69 or unchecked((int)0x80070027) or unchecked((int)0x80070070);
}
