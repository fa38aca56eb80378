namespace Vitrine.Local;

/// <summary>The program that makes and judges clips. A silo never installs it; the script does, for a platform on this machine, for tests and for measurements.</summary>
public static class VideoProgram
{
    /// <summary>Finds ffmpeg and ffprobe or installs them through the system's package manager, saying so first.</summary>
    /// <exception cref="InvalidOperationException">They are missing and we may not or cannot install them; the message holds the command.</exception>
    public static Task Ensure(Action<string> say, CancellationToken ct) => Ensure(new MachineProbe(), say, ct);

    internal static async Task Ensure(MachineProbe machine, Action<string> say, CancellationToken ct)
    {
        if (!machine.Has("ffmpeg") || !machine.Has("ffprobe"))
            await (await InstallPlan.Decide(SystemPackage.Ffmpeg, machine, ct)).Execute(say, ct);
    }
}
