using System.ComponentModel;
using System.Diagnostics;

namespace Vitrine.Local;

/// <summary>What a finished command left: its exit code and its two outputs as text.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Both outputs, for a message to a person.</summary>
    public string Everything => string.Join('\n', new[] { Output.Trim(), Errors.Trim() }.Where(text => text.Length > 0));
}

/// <summary>Runs a program to its end.</summary>
public static class Command
{
    /// <summary>Runs and captures. The exit code is the caller's to judge.</summary>
    /// <exception cref="Win32Exception">The program does not exist or may not be run.</exception>
    public static async Task<CommandResult> Run(
        string program, IEnumerable<string> arguments, CancellationToken ct, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        using var process = Begin(program, arguments, capture: true, folder, environment);
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        await EndOf(process, ct);
        return new(process.ExitCode, await output, await errors);
    }

    /// <summary>Runs with our own standard input and outputs, so that the user sees and answers it, and returns the exit code.</summary>
    /// <exception cref="Win32Exception">The program does not exist or may not be run.</exception>
    public static async Task<int> Show(
        string program, IEnumerable<string> arguments, CancellationToken ct, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        using var process = Begin(program, arguments, capture: false, folder, environment);
        await EndOf(process, ct);
        return process.ExitCode;
    }

    private static Process Begin(string program, IEnumerable<string> arguments, bool capture, string? folder, IReadOnlyDictionary<string, string?>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    private static async Task EndOf(Process process, CancellationToken ct)
    {
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
