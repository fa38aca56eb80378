using Vitrine.Local;

namespace Vitrine.System.Tests.Sdk;

/// <summary>Runs a case of <c>tests/sdk-node</c>: a small program that uses the official SDK as anybody would and checks what it gets.</summary>
internal static class NodeSdk
{
    /// <summary>Far above what a case takes; it only keeps a hanging one from hanging the tests.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>What the case printed; the test fails with its message when the case fails.</summary>
    public static async Task<string> Run(Repository repository, string name, Uri gateway, string key, params (string Name, string Value)[] further)
    {
        var folder = Path.Combine(repository.Root, "tests", "sdk-node");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), $"The SDK is not installed: run npm ci --ignore-scripts in {folder}.");
        var environment = new Dictionary<string, string?> { ["VITRINE_GATEWAY"] = gateway.AbsoluteUri.TrimEnd('/'), ["VITRINE_KEY"] = key };
        foreach (var (variable, value) in further) environment[variable] = value;

        using var limit = new CancellationTokenSource(Limit);
        var run = await Command.Run("node", [Path.Combine("cases", name + ".mjs")], limit.Token, folder, environment);

        Assert.True(run.ExitCode == 0, $"{name}.mjs failed:\n{run.Everything}");
        return run.Output;
    }
}
