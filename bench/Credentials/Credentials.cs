using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Bench;

/// <summary>
/// R8: what Content Credentials cost. Signing and checking stand beside one SHA-256 pass over the same bytes, which nobody who binds a file to a signature gets
/// around, and beside the official c2pa-rs in WebAssembly.
/// </summary>
internal static class Credentials
{
    private const int Slice = 5;

    private static readonly (string Name, int Bytes)[] sizes = [("0.79 MB", 786_432), ("3.15 MB", 3_145_728)];

    public static async Task Measure(BenchRun run, Finding finding, CancellationToken ct)
    {
        var now = TimeProvider.System.GetUtcNow();
        var certificates = DevelopmentChain.Create("Bench", now);
        using var signer = new EcdsaClaimSigner(certificates.ChainPem, certificates.LeafKeyPem);
        var anchors = TrustAnchors.FromPem(certificates.RootPem);
        await using var peer = await CredentialsPeer.Start(run.Repository, certificates, ct);
        foreach (var (name, bytes) in sizes)
            foreach (var format in new[] { ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.Webp })
                await One($"{format}, {name}", Picture(format, bytes), bytes > 1_000_000);

        async Task One(string name, byte[] picture, bool isJudged)
        {
            var description = new CredentialDescription(
                "5b1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", now, "Bench", "1", "model", "1", "sha256:" + new string('a', 64), DigitalSourceType.TrainedAlgorithmicMedia, "Noise", DoNotTrain: true);
            var signed = ContentCredentials.Sign(picture, description, signer);
            await peer.Keep(picture, signed, ct);
            double Sign() => Time(() => ContentCredentials.Sign(picture, description, signer));
            double Hash() => Time(() => SHA256.HashData(picture));
            double Verify() => Time(() =>
            {
                if (ContentCredentials.Verify(signed, anchors, now).State != CredentialState.Trusted)
                    throw new InvalidOperationException($"Our own {name} is not trusted.");
            });
            for (var i = 0; i < 5; i++) _ = Sign() + Hash() + Verify();

            var (toSign, toVerify, peerToSign, peerToVerify) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            var (signing, verifying, hashing, peerSigning, peerVerifying, limit) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var i = 0; i < run.Choose(120, 40); i++)
            {
                ct.ThrowIfCancellationRequested();
                // The order of the two sides changes from pair to pair, so that a neighbour's load meets both.
                var (sign, hash) = i % 2 == 0 ? (Sign(), Hash()) : Swap((Hash(), Sign()));
                var (verify, again) = i % 2 == 0 ? (Verify(), Hash()) : Swap((Hash(), Verify()));
                toSign.Add(sign / hash);
                toVerify.Add(verify / again);
                signing.Add(sign);
                verifying.Add(verify);
                hashing.Add((hash + again) / 2);
            }
            for (var i = 0; i < run.Choose(12, 5); i++)
            {
                // Slices of several, because a first call after the other process ran meets cold caches.
                var (theirs, theirCheck, ours, ourCheck, least) = (0.0, 0.0, 0.0, 0.0, 0.0);
                for (var j = 0; j < Slice; j++) theirs += await peer.Sign(ct) / Slice;
                for (var j = 0; j < Slice; j++) ours += Sign() / Slice;
                for (var j = 0; j < Slice; j++) least += Hash() / Slice;
                for (var j = 0; j < Slice; j++) theirCheck += await peer.Verify(ct) / Slice;
                for (var j = 0; j < Slice; j++) ourCheck += Verify() / Slice;
                peerToSign.Add(theirs / ours);
                peerToVerify.Add(theirCheck / ourCheck);
                limit.Add(theirs / least);
                peerSigning.Add(theirs);
                peerVerifying.Add(theirCheck);
            }
            finding.Paired($"signing : one SHA-256 pass, {name}", "×", toSign, isJudged ? Goal.Most(3) : null);
            finding.Paired($"checking : one SHA-256 pass, {name}", "×", toVerify, isJudged ? Goal.Most(3) : null);
            finding.Paired($"c2pa-wasm : ours, signing {name}", "×", peerToSign, Goal.Least(10));
            finding.Paired($"c2pa-wasm : one SHA-256 pass, {name}: the most that a signer could be faster", "×", limit);
            finding.Paired($"c2pa-wasm : ours, checking {name}", "×", peerToVerify);
            finding.RawTimes($"SHA-256, {name}", hashing);
            finding.RawTimes($"signing, {name}", signing);
            finding.RawTimes($"checking, {name}", verifying);
            finding.RawTimes($"signing by c2pa-wasm, {name}", peerSigning);
            finding.RawTimes($"checking by c2pa-wasm, {name}", peerVerifying);
        }
    }

    private static (double, double) Swap((double First, double Second) pair) => (pair.Second, pair.First);

    private static double Time(Action act)
    {
        var started = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Time<T>(Func<T> act) => Time(() => { _ = act(); });

    /// <summary>Noise in this format, of a side that makes the file at least as long as asked, within a few percent.</summary>
    private static byte[] Picture(ImageFormat format, int atLeast)
    {
        const int Seed = 8, Step = 16, Quality = 90;
        for (var side = 256; ; side += Step)
        {
            var pixels = new byte[3 * side * side];
            new Random(Seed).NextBytes(pixels);
            var file = ImageEncoder.Encode(pixels, side, side, format, Quality);
            if (file.Length >= atLeast)
                return file;
            // Encoded noise grows with the area, so the next side to try follows from this one.
            side = Math.Max(side, (int)(side * Math.Sqrt((double)atLeast / file.Length)) / Step * Step - Step);
        }
    }
}
