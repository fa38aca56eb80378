using System.ComponentModel;
using System.Diagnostics;

namespace Vitrine.Media;

/// <summary>The ffmpeg program as a child process: started without a shell, ended with whoever asked, and its complaints kept short.</summary>
internal static class VideoProcess
{
    public const string Ffmpeg = "ffmpeg";

    private const int MostErrorText = 4096;

    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder =>
            File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));

    /// <exception cref="VideoEncoderMissingException">There is no such program.</exception>
    public static Process Start(string program, IEnumerable<string> arguments, bool takesInput = false, bool givesOutput = false)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = takesInput, RedirectStandardOutput = givesOutput, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new VideoEncoderMissingException(program, missing);
        }
    }

    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>The last of what it says, for a message; a chatty program must neither fill the memory nor wait for a reader.</summary>
    public static async Task<string> Tail(StreamReader errors)
    {
        var (buffer, tail) = (new char[1024], "");
        while (await errors.ReadAsync(buffer) is > 0 and var read)
        {
            tail += new string(buffer, 0, read);
            tail = tail[^Math.Min(tail.Length, MostErrorText)..];
        }
        return tail.Trim();
    }
}
