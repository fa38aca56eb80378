using System.Diagnostics;
using System.Globalization;
using Vitrine.Local;
using Vitrine.Provenance;

namespace Vitrine.Bench;

/// <summary>The official c2pa-rs in a Node process of its own, started once and warm.</summary>
internal sealed class CredentialsPeer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;
    private string _type = "";

    private CredentialsPeer(string folder, Process process) => (_folder, _process) = (folder, process);

    public static async Task<CredentialsPeer> Start(Repository repository, DevelopmentCertificates certificates, CancellationToken ct)
    {
        var verifier = Path.Combine(repository.Root, "tests", "c2pa-verify");
        if (!Directory.Exists(Path.Combine(verifier, "node_modules")))
            throw new InvalidOperationException("The modules of the peer are missing: run 'npm ci --ignore-scripts' in tests/c2pa-verify.");
        var folder = Directory.CreateTempSubdirectory("vitrine-bench-credentials").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "chain.pem"), certificates.ChainPem, ct);
        await File.WriteAllTextAsync(Path.Combine(folder, "leaf.key"), certificates.LeafKeyPem, ct);
        await File.WriteAllTextAsync(Path.Combine(folder, "root.pem"), certificates.RootPem, ct);
        var start = new ProcessStartInfo("node",
            [Path.Combine(repository.Root, "bench", "Credentials", "peer.mjs"), Path.Combine(verifier, "c2pa-node20.mjs"), Path.Combine(folder, "chain.pem"), Path.Combine(folder, "leaf.key"), Path.Combine(folder, "root.pem")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var peer = new CredentialsPeer(folder, Process.Start(start) ?? throw new InvalidOperationException("node did not start; R8 needs Node 20 or newer."));
        return await peer._process.StandardOutput.ReadLineAsync(ct) == "ready" ? peer : throw new InvalidOperationException("The peer of R8 did not get ready.");
    }

    /// <summary>Gives the peer the picture to sign; what it signs itself is what it checks, and it must be able to check ours.</summary>
    public async Task Keep(byte[] picture, byte[] signedByUs, CancellationToken ct)
    {
        _type = picture[0] == 0x89 ? "image/png" : picture[0] == 0xFF ? "image/jpeg" : "image/webp";
        await File.WriteAllBytesAsync(Path.Combine(_folder, "picture"), picture, ct);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "signed"), signedByUs, ct);
        for (var i = 0; i < 2; i++)
            _ = await Sign(ct) + await Verify(ct);
    }

    public Task<double> Sign(CancellationToken ct) => Ask($"sign {_type} {Path.Combine(_folder, "picture")} {Path.Combine(_folder, "theirs")}", ct);

    public Task<double> Verify(CancellationToken ct) => Ask($"verify {_type} {Path.Combine(_folder, "signed")}", ct);

    private async Task<double> Ask(string question, CancellationToken ct)
    {
        await _process.StandardInput.WriteLineAsync(question.AsMemory(), ct);
        await _process.StandardInput.FlushAsync(ct);
        var answer = await _process.StandardOutput.ReadLineAsync(ct);
        return double.TryParse(answer, CultureInfo.InvariantCulture, out var milliseconds) ? milliseconds : throw new InvalidOperationException($"The peer of R8 answered '{answer}' to '{question}'.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
