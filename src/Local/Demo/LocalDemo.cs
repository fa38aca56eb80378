using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Vitrine.Local;

/// <summary>Judges the Content Credentials of a whole picture file and names what was found: "valid" (it holds and leads to our anchor), "untrusted" (it holds), "invalid", "none".</summary>
/// <param name="picture">The file's bytes.</param>
/// <param name="trustAnchor">Path of the PEM file with the root certificate to trust.</param>
public delegate string CredentialCheck(byte[] picture, string trustAnchor);

/// <summary>The main job end to end, as a customer would run it: submit, follow, download, and believe nothing that was not checked.</summary>
public sealed class LocalDemo(DevelopmentAccess access, string picturesFolder, CredentialCheck check, TextWriter output, bool terminal)
{
    /// <summary>Pictures per demo.</summary>
    public const int Pictures = 4;

    /// <summary>No picture of the gateway's is near this; it bounds what we read into memory.</summary>
    private const int LargestPicture = 64 * 1024 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <summary>True only if all pictures came, each digest is what the API said, and each credential holds and leads to the trust anchor.</summary>
    /// <exception cref="InvalidOperationException">The job was refused or failed, or its events stopped for good; the message says why.</exception>
    public async Task<bool> Run(string prompt, CancellationToken ct)
    {
        using var gateway = new GatewayConnection(access.Gateway, access.ApiKey);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        var clock = Stopwatch.StartNew();
        var job = await gateway.Post<SubmittedJob>("v1/jobs", new { prompt, n = Pictures, format = "png" }, limit.Token);
        var outputs = await Follow(gateway, job.Id, limit.Token);
        var elapsed = clock.Elapsed;

        Directory.CreateDirectory(picturesFolder);
        var good = 0;
        foreach (var made in outputs)
            if (await Fetch(gateway, made, limit.Token))
                good++;
        var each = outputs.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {elapsed.TotalSeconds / outputs.Count:0.00} s per picture");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outputs.Count} pictures in {elapsed.TotalSeconds:0.0} s{each}"));
        return good == Pictures && outputs.Count == Pictures;
    }

    private async Task<List<JobOutput>> Follow(GatewayConnection gateway, string job, CancellationToken ct)
    {
        var outputs = new List<JobOutput>();
        var line = new ProgressLine(output, terminal);
        await foreach (var happened in new JobFeed(gateway, job).Read(ct))
        {
            switch (happened.Kind)
            {
                case "output":
                    if (happened.Output() is var made && outputs.TrueForAll(known => known.Id != made.Id))
                        outputs.Add(made);
                    line.Show($"job {job}: {outputs.Count} of {Pictures} pictures");
                    break;
                case "progress":
                    var progress = happened.Progress();
                    line.Show($"job {job}: picture {progress.Image + 1} of {Pictures}, step {progress.Step} of {progress.Steps}");
                    break;
                case "failed" or "canceled":
                    line.End();
                    throw new InvalidOperationException($"Job {job} {happened.Kind}: {happened.Data}");
                default:
                    line.Show($"job {job}: {happened.Kind}");
                    break;
            }
        }

        line.End();
        return outputs;
    }

    private async Task<bool> Fetch(GatewayConnection gateway, JobOutput made, CancellationToken ct)
    {
        using var answer = await gateway.Http.GetAsync(new Uri($"v1/assets/{Uri.EscapeDataString(made.Id)}/content", UriKind.Relative), ct);
        await GatewayConnection.Demand(answer, $"The content of asset {made.Id}", ct);
        await answer.Content.LoadIntoBufferAsync(LargestPicture, ct);
        var bytes = await answer.Content.ReadAsByteArrayAsync(ct);
        var path = Path.Combine(picturesFolder, FileName(made.Id) + ".png");
        await File.WriteAllBytesAsync(path, bytes, ct);

        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var credential = check(bytes, access.TrustAnchor);
        output.WriteLine($"asset {made.Id} {path} sha256={digest} credential={credential}");
        var same = string.Equals(digest, made.Sha256, StringComparison.OrdinalIgnoreCase);
        if (!same)
            output.WriteLine($"The API announced sha256={made.Sha256} for asset {made.Id}.");
        return same && credential == "valid";
    }

    /// <summary>An id comes from the network; only its plain characters become a file name.</summary>
    private static string FileName(string asset) => string.Concat(asset.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '_'));

    private sealed record SubmittedJob([property: JsonPropertyName("id")] string Id);
}
