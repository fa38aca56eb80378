using System.Diagnostics;
using System.Globalization;

namespace Vitrine.Local;

/// <summary>How to run a <see cref="ChildProcess"/>.</summary>
public sealed record ChildProcessOptions
{
    /// <summary>What a person calls it, for messages: "silo".</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path of the program, or a name found in PATH.</summary>
    public required string Program { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>File that both outputs are appended to. At start, a file over 16 MiB becomes "&lt;file&gt;.1".</summary>
    public required string LogFile { get; init; }

    /// <summary>Added to our own environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string WorkingDirectory { get; init; } = "/";

    /// <summary>The signal that the child gets when this process ends in any way, kill -9 included. Default: SIGKILL.</summary>
    internal int WhenParentDies { get; init; } = Signals.Kill;

    /// <summary>Whether the kernel sends that signal; where it cannot, a shell loop watches us and sends it within about a second.</summary>
    internal bool KernelWatches { get; init; } = OperatingSystem.IsLinux() && SearchPath.Find("setpriv") is not null;

    /// <summary>The account that root drops to; null keeps ours.</summary>
    internal UnixAccount? Account { get; init; }
}

/// <summary>
/// A child that cannot outlive us. On Linux the kernel sees to it (setpriv --pdeathsig); elsewhere a small shell loop watches us.
/// It has its own session, so that Ctrl-C in our terminal reaches only us and we stop the children in order.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const long LargestLog = 16 * 1024 * 1024;
    private const string Launch = "exec >>\"$1\" 2>&1 </dev/null; shift; exec \"$@\"";
    private const string Watch = "while kill -0 \"$1\" && kill -0 \"$2\"; do sleep 1; done 2>/dev/null; kill -\"$3\" \"$2\" 2>/dev/null";

    private readonly ChildProcessOptions _options;
    private readonly Process _process;

    private ChildProcess(ChildProcessOptions options, Process process) => (_options, _process) = (options, process);

    public string Name => _options.Name;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The exit code, or 128 plus the signal that ended it.</summary>
    /// <exception cref="InvalidOperationException">It is still running.</exception>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts the program; returns as soon as it runs, which says nothing about it being ready.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The shell that launches it cannot be run.</exception>
    public static async Task<ChildProcess> Start(ChildProcessOptions options, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        PrepareLog(options.LogFile);
        var start = new ProcessStartInfo("/bin/sh", ["-c", Launch, "sh", options.LogFile, .. Wrapped(options)])
        {
            UseShellExecute = false,
            WorkingDirectory = options.WorkingDirectory,
        };
        foreach (var (name, value) in options.Environment)
            start.Environment[name] = value;
        start.Environment["VITRINE_PARENT_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var child = new ChildProcess(options, await ParentThread.Start(start));
        if (!options.KernelWatches)
            await child.StartWatch();
        return child;
    }

    /// <summary>Ends it at once (SIGKILL) and waits until it is gone.</summary>
    public Task Kill()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end (SIGTERM); after <paramref name="patience"/> it is killed. True when it ended by itself.</summary>
    public Task<bool> Terminate(TimeSpan patience) => EndBy(Signals.Terminate, patience, killAfterwards: true);

    /// <summary>Freezes it (SIGSTOP): a machine that hangs, as its peers see it.</summary>
    public void Pause() => Send(Signals.Pause);

    /// <summary>Thaws it (SIGCONT).</summary>
    public void Continue() => Send(Signals.Continue);

    /// <summary>Completes when the process has ended.</summary>
    public Task Exited(CancellationToken ct) => _process.WaitForExitAsync(ct);

    /// <summary>The last lines of its log, for a message.</summary>
    public async Task<string> LogTail(int lines, CancellationToken ct)
    {
        const int window = 64 * 1024;
        await using var log = new FileStream(_options.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Seek(-Math.Min(window, log.Length), SeekOrigin.End);
        using var reader = new StreamReader(log);
        return string.Join('\n', (await reader.ReadToEndAsync(ct)).TrimEnd().Split('\n').TakeLast(lines));
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
            await Kill();
        _process.Dispose();
    }

    internal async Task<bool> EndBy(int signal, TimeSpan patience, bool killAfterwards)
    {
        Send(signal);
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            if (killAfterwards)
                await Kill();
            return false;
        }
    }

    internal void Send(int signal)
    {
        // The process object reaps the child, so a number that has not exited for it cannot belong to anyone else.
        if (!_process.HasExited)
            Posix.Send(_process.Id, signal);
    }

    private static IEnumerable<string> Wrapped(ChildProcessOptions options)
    {
        if (SearchPath.Find("setsid") is { } setsid)
            yield return setsid;
        if (options.KernelWatches || options.Account is not null)
        {
            yield return SearchPath.Find("setpriv")
                ?? throw new InvalidOperationException("Root cannot give up its rights without setpriv; install util-linux.");
            if (options.KernelWatches)
            {
                yield return "--pdeathsig";
                yield return options.WhenParentDies switch { Signals.Interrupt => "INT", Signals.Terminate => "TERM", _ => "KILL" };
            }

            foreach (var argument in options.Account?.DropArguments ?? [])
                yield return argument;
        }

        yield return options.Program;
        foreach (var argument in options.Arguments)
            yield return argument;
    }

    private static void PrepareLog(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (new FileInfo(file) is { Exists: true, Length: > LargestLog })
            File.Move(file, file + ".1", overwrite: true);
    }

    private async Task StartWatch()
    {
        string[] arguments = ["-c", Watch, "sh",
            Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            Id.ToString(CultureInfo.InvariantCulture),
            _options.WhenParentDies.ToString(CultureInfo.InvariantCulture)];
        (await ParentThread.Start(new ProcessStartInfo("/bin/sh", arguments) { UseShellExecute = false })).Dispose();
    }
}
