using System.Diagnostics;
using System.Text.Json;

namespace Vitrine.Provenance.Tests;

/// <summary>
/// The official c2pa-rs, compiled to WebAssembly and run in Node by tests/c2pa-verify. One process judges many files, because starting it
/// costs more than judging.
/// </summary>
public sealed class IndependentJudge : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "c2pa-judge-" + Guid.NewGuid().ToString("N"));
    private readonly string verifier = FindVerifier();

    public IndependentJudge()
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Anchors, Samples.Certificates.RootPem + Samples.TimeStampCertificates.RootPem);
        InstallOnce();
    }

    private string Anchors => Path.Combine(folder, "root.pem");

    /// <summary>
    /// Judges the files, with the roots of <see cref="Samples"/> as the only anchors, in the order given. c2pa-rs 0.91.3 panics at some damaged certificates, at which its module is
    /// lost: such a file gets the verdict <see cref="JudgeVerdict.Crashed"/>, and a new process judges those after it.
    /// </summary>
    /// <param name="alsoTrusted">Further roots, as PEM.</param>
    internal IReadOnlyList<JudgeVerdict> Judge(IReadOnlyList<byte[]> files, string alsoTrusted = "")
    {
        string anchors = Anchors;
        if (alsoTrusted.Length > 0) File.WriteAllText(anchors = Path.Combine(folder, "more.pem"), File.ReadAllText(Anchors) + alsoTrusted);
        string[] paths = [.. files.Select((file, i) =>
        {
            string path = Path.Combine(folder, $"{i}.bin");
            File.WriteAllBytes(path, file);
            return path;
        })];
        var verdicts = new List<JudgeVerdict>();
        while (verdicts.Count < files.Count)
        {
            (string output, string errors) = Run("node", ["verify.mjs", "--summary", "--anchors", anchors, .. paths[verdicts.Count..]]);
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(output), new JsonReaderOptions { AllowMultipleValues = true });
            while (reader.Read())
            {
                using var document = JsonDocument.ParseValue(ref reader);
                verdicts.Add(JudgeVerdict.Of(document.RootElement));
            }
            if (verdicts.Count == files.Count) break;
            Assert.True(errors.Contains("panicked at", StringComparison.Ordinal), $"The verifier judged {verdicts.Count} of {files.Count} files. {errors}");
            verdicts.Add(JudgeVerdict.OfCrash);
        }
        return verdicts;
    }

    private void InstallOnce()
    {
        // Test assemblies run at the same time; the second waits for the first to finish installing.
        using var installing = new Mutex(initiallyOwned: false, "vitrine-c2pa-verify-install");
        installing.WaitOne();
        try
        {
            if (!File.Exists(Path.Combine(verifier, "node_modules", ".package-lock.json")))
                Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], mustSucceed: true);
        }
        finally
        {
            installing.ReleaseMutex();
        }
    }

    private (string Output, string Errors) Run(string program, IEnumerable<string> arguments, bool mustSucceed = false)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = verifier, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start; these tests need Node 20 or newer.");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string said = errors.GetAwaiter().GetResult();
        if (mustSucceed && process.ExitCode != 0) throw new InvalidOperationException($"{program} failed: {said}");
        return (output, said);
    }

    private static string FindVerifier()
    {
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (File.Exists(Path.Combine(up.FullName, "Platform.sln"))) return Path.Combine(up.FullName, "tests", "c2pa-verify");
        throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

/// <param name="Passed">Every check held and the signer is trusted.</param>
/// <param name="State">Valid, Trusted, Invalid, or the verifier's word when it could not read a manifest.</param>
internal sealed record JudgeVerdict(bool Passed, string State, IReadOnlyList<string> Failures)
{
    public static readonly JudgeVerdict OfCrash = new(false, "Crashed", []) { Crashed = true };

    public bool HasTrustedTimeStamp { get; private init; }

    /// <summary>The verifier itself broke, which says nothing of the file.</summary>
    public bool Crashed { get; private init; }

    public static JudgeVerdict Of(JsonElement report)
    {
        string verdict = report.GetProperty("verdict").GetString()!;
        if (!report.TryGetProperty("results", out JsonElement results) || results.GetArrayLength() == 0) return new(false, verdict, []);
        JsonElement first = results[0];
        string state = first.TryGetProperty("state", out JsonElement s) ? s.GetString() ?? verdict : verdict;
        string[] failures = first.TryGetProperty("failures", out JsonElement f)
            ? [.. f.EnumerateArray().Select(x => x.GetProperty("code").GetString() + ": " + (x.TryGetProperty("explanation", out JsonElement e) ? e.GetString() : ""))] : [];
        string[] successes = first.TryGetProperty("success", out JsonElement all) ? [.. all.EnumerateArray().Select(x => x.GetString()!)] : [];
        return new(verdict == "pass" && state == "Trusted", state, failures) { HasTrustedTimeStamp = successes.Contains("timeStamp.validated") && successes.Contains("timeStamp.trusted") };
    }

    public override string ToString() => $"{State} [{string.Join("; ", Failures)}]";
}
