using Microsoft.Extensions.Options;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Gateway;

/// <summary>Looks at a picture in three ways that do not depend on each other: its credentials, its watermark, its look. Here and not in a silo: docs/adr/0019.</summary>
internal sealed class Verification(IGrainFactory grains, IOptions<GatewayOptions> options, VerifyAnchors anchors, TimeProvider time) : IDisposable
{
    /// <summary>Pictures looked at at once: each takes a core for up to a second and up to 300 MB, and the other requests need room too.</summary>
    private const int MostAtOnce = 2;

    /// <summary>How long a picture waits for its turn before the caller is sent away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int MostFindings = 32, LongestText = 256;

    private readonly SemaphoreSlim room = new(MostAtOnce);
    private readonly Watermark? watermark = WatermarkKeySetting.Read(options.Value.WatermarkKey) is { } key ? new Watermark(key) : null;

    /// <summary>Whether watermarks are looked for: without the platform's key they cannot be.</summary>
    public bool ReadsWatermarks => watermark is not null;

    public async Task<(VerifyBody? Body, ErrorAnswer? Error)> Of(byte[] file, CancellationToken cancellation)
    {
        var (seen, busy) = await LookInTurn(file, cancellation);
        if (busy is not null) return (null, busy);
        // Bytes that are no picture at all are no question. A damaged file whose credentials can still be read is one: they say that it was changed.
        if (seen!.Refusal is { } refusal && seen.Credential.Manifest is null) return (null, Unreadable(refusal));
        return (await Answer(await UnderItsOwnRoots(file, seen, cancellation), cancellation), null);
    }

    /// <summary>Judged again under the roots of whose picture it says it is, where the platform's do not do: a tenant may sign with a chain of its own, and roots are replaced.</summary>
    private async Task<Seen> UnderItsOwnRoots(byte[] file, Seen seen, CancellationToken cancellation)
    {
        if (seen.Credential is not { State: CredentialState.Valid or CredentialState.Invalid, Manifest.Label: { } label }) return seen;
        if (await grains.Origins().Anchors(label, cancellation) is not { SignersPem.Length: > 0 } roots) return seen;
        var own = TrustAnchors.FromPem(roots.SignersPem, roots.TimeStampsPem.Length == 0 ? null : roots.TimeStampsPem);
        var again = await Task.Run(() => ContentCredentials.Verify(file, own, time.GetUtcNow()), cancellation);
        return again.State == CredentialState.Trusted ? seen with { Credential = again } : seen;
    }

    /// <summary>The soft bindings that can be read from a picture: its watermark, where there is one, and its look, where there is something to see.</summary>
    public async Task<(IReadOnlyList<SoftBindingValue>? Bindings, ErrorAnswer? Error)> BindingsOf(byte[] file, CancellationToken cancellation)
    {
        var (seen, busy) = await LookInTurn(file, cancellation);
        if (busy is not null) return (null, busy);
        if (seen!.Refusal is { } refusal) return (null, Unreadable(refusal));
        var bindings = new List<SoftBindingValue>();
        if (seen.Mark is { } mark) bindings.Add(new(Watermark.Algorithm, mark, []));
        if (seen.Look is { Quality: >= PdqHash.LeastQuality } look) bindings.Add(new(SoftBindingsApi.PdqAlgorithm, look.Hash.ToString(), look.Dihedral));
        return (bindings, null);
    }

    private async Task<(Seen? Seen, ErrorAnswer? Busy)> LookInTurn(byte[] file, CancellationToken cancellation)
    {
        if (!await room.WaitAsync(Patience, cancellation))
            return (null, new ErrorAnswer(429, "rate_limit_exceeded", "Others' pictures are being verified; ask again soon.") { RetryAfter = Patience });
        try
        {
            return (await Task.Run(() => Look(file), cancellation), null);
        }
        finally
        {
            room.Release();
        }
    }

    private static ErrorAnswer Unreadable(ProbeRefusal refusal) =>
        new(422, refusal.Problem == ProbeProblem.TooLarge ? "image_too_large" : "invalid_image", refusal.Sentence) { MayRetry = false };

    private Seen Look(byte[] file)
    {
        var credential = ContentCredentials.Verify(file, anchors.Current(), time.GetUtcNow());
        // Frames are not decoded: a decoder for video is too large a target for anybody's bytes. A still of a clip is a picture, and carries its mark.
        if (Mp4Probe.Read(file) is VideoInfo film) return new Seen(credential, null, PictureFormats.MediaType(PictureFormat.Mp4), film.Width, film.Height, null, null);
        switch (ImageDecoder.Decode(file))
        {
            case DecodeResult.Refused refused: return new Seen(credential, refused.Refusal, null, 0, 0, null, null);
            case DecodeResult.Decoded { Image: var image }:
                var rgb = image.ToRgb();
                return new Seen(credential, null, ((ImageInfo)ImageProbe.Read(file)).Format.MediaType(), image.Width, image.Height, watermark?.Detect(rgb, image.Width, image.Height)?.Id.ToString(), Pdq.Read(rgb, image.Width, image.Height));
            default: throw new InvalidOperationException("A decoded picture is neither there nor refused.");
        }
    }

    private async Task<VerifyBody> Answer(Seen seen, CancellationToken cancellation)
    {
        var origins = grains.Origins();
        var byManifest = seen.Credential is { State: CredentialState.Trusted, Manifest: { } manifest } ? await origins.ByManifest(manifest.Label, cancellation) : null;
        var credential = CredentialOf(seen.Credential, OriginBody.Of(byManifest));
        if (seen.Look is not { } look) return seen.MediaType is null ? new VerifyBody(null, null, null, credential, null, null) : new VerifyBody(seen.MediaType, seen.Width, seen.Height, credential, null, null);

        var hashes = look.Dihedral;
        // A damaged mark can be read as another id. Those that were given out are few among all that there are, so nearly every misreading leads to no record and is none.
        var byMark = seen.Mark is { } mark ? await origins.ByWatermark(mark, cancellation) : null;
        bool? alike = PdqHash.TryParse(byMark?.Pdq, out var recorded) ? hashes.Any(hash => hash.DistanceTo(recorded) <= PdqHash.MostBitsApart) : null;
        var comparable = look.Quality >= PdqHash.LeastQuality;
        var byLook = comparable ? await origins.ByLook([.. hashes.Select(hash => hash.ToString())], cancellation) : null;
        return new VerifyBody(seen.MediaType, seen.Width, seen.Height, credential,
            watermark is null ? null : new WatermarkBody(byMark is not null, alike, OriginBody.Of(byMark)), new LookBody(byLook is not null, comparable, OriginBody.Of(byLook)));
    }

    private static CredentialBody CredentialOf(CredentialVerdict verdict, OriginBody? origin)
    {
        var (state, sentence) = (verdict.State, verdict.Fault) switch
        {
            (CredentialState.None, _) => ("none", "The file carries no Content Credentials; they may have been stripped."),
            (CredentialState.Valid, _) => ("valid", "The Content Credentials hold, and the file is as it was signed, but the signer is not among those trusted here."),
            (CredentialState.Trusted, _) => ("trusted", "The Content Credentials hold, the file is as it was signed, and the signer is trusted here."),
            (_, CredentialFault.Tampered) => ("tampered", "The file carries Content Credentials that do not hold: it, or they, were changed after signing."),
            (_, CredentialFault.Unreadable) => ("unreadable", "The file carries Content Credentials that cannot be read, so they prove nothing. That does not say that anybody changed it on purpose."),
            (_, CredentialFault.Unsupported) => ("unsupported", "The file carries Content Credentials of a kind that cannot be checked here. They may be good."),
            (_, CredentialFault.Revoked) => ("revoked", "The file is as it was signed, but the signer's certificate had been revoked, so nobody vouches for it."),
            (_, CredentialFault.Expired) => ("expired", "The file is as it was signed, but the signer's certificate is not valid now, and no time stamp that is trusted here shows that it was then."),
            _ => ("invalid", "The file carries Content Credentials that break the rules of C2PA, so they prove nothing. Nothing shows that it was changed after signing."),
        };
        // What a manifest that does not hold says is hearsay.
        var active = verdict.State is CredentialState.Valid or CredentialState.Trusted ? verdict.Manifest : null;
        var content = active?.OfContent;
        return new CredentialBody(state, sentence, Short(content?.SignerOrganisation), Short(content?.GeneratorName), Short(active?.Label), content?.StampedAt, origin,
            [.. verdict.Failures.Select(failure => new CredentialFindingBody(Short(failure.Code)!, Short(failure.Explanation)!)).Distinct().Take(MostFindings)]);
    }

    private static string? Short(string? text) => text is { Length: > LongestText } ? text[..LongestText] : text;

    public void Dispose() => room.Dispose();

    /// <summary>What a look found, before anybody was asked about it.</summary>
    private sealed record Seen(CredentialVerdict Credential, ProbeRefusal? Refusal, string? MediaType, int Width, int Height, string? Mark, PdqReading? Look);
}
