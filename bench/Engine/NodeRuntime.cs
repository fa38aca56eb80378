using System.Diagnostics;
using System.Globalization;
using Vitrine.Inference;
using Vitrine.Local;

namespace Vitrine.Bench;

/// <summary>ONNX Runtime driven from Node.js, in a process of its own: the peer of R2. Its modules are installed exactly as locked.</summary>
internal sealed class NodeRuntime : IDisposable
{
    private readonly Process _process;

    private NodeRuntime(Process process) => _process = process;

    /// <summary>Opens a graph with inputs of fixed sizes; the first run is done when it answers.</summary>
    public static async Task<NodeRuntime> Open(string root, string graph, int threads, IEnumerable<(string Name, string Type, long[] Shape)> inputs, CancellationToken ct)
    {
        var folder = Path.Combine(root, "bench", "Engine", "node");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var install = await Command.Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ct, folder);
            if (install.ExitCode != 0)
                throw new InvalidOperationException($"npm ci in {folder} ended with {install.ExitCode}: {install.Everything}");
        }
        var process = Process.Start(new ProcessStartInfo("node",
            [Path.Combine(folder, "loop.mjs"), graph, threads.ToString(CultureInfo.InvariantCulture), .. inputs.Select(input => $"{input.Name}:{input.Type}:{string.Join('x', input.Shape)}")])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        var runtime = new NodeRuntime(process);
        if (await process.StandardOutput.ReadLineAsync(ct) == "ready")
            return runtime;
        runtime.Dispose();
        throw new InvalidOperationException("The loop on Node.js did not start.");
    }

    public async Task<TimeSpan> Run(int times, CancellationToken ct)
    {
        await _process.StandardInput.WriteLineAsync(times.ToString(CultureInfo.InvariantCulture).AsMemory(), ct);
        return TimeSpan.FromMilliseconds(double.Parse((await _process.StandardOutput.ReadLineAsync(ct))!, CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
