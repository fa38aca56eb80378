using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>What a picture proves about itself, for anybody: no key, no account, nothing kept.</summary>
internal static class VerifyApi
{
    public static void MapVerifyApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/verify", Verify).OpenToStrangers().WithName("VerifyPicture")
            .WithSummary("Says separately what the picture's Content Credentials, its invisible watermark and its look tell about where it came from. Send the file as multipart 'file', as the body itself, or as {\"url\"}; of a clip (MP4) the credentials are checked, and a still of it carries the watermark. Nothing is kept.")
            .Accepts<VerifyRequest>("application/json", "multipart/form-data", "image/*", "video/mp4", "application/octet-stream").Produces<VerifyBody>().Refuses(400, 408, 413, 415, 422, 429, 503);
        // A page for people, no part of the API.
        routes.MapGet("/verify", VerifyPage.Write).OpenToStrangers().WithName("VerifyPage").ExcludeFromDescription();
    }

    private static async Task Verify(HttpContext http, SubmittedPictures pictures, Verification verification, VerifyRate rate, ClusterConnection cluster)
    {
        if (rate.Refusal(http) is { } refusal)
        {
            await http.Answer(refusal);
            return;
        }
        cluster.Require();
        var submitted = await pictures.Read(http);
        if (submitted.Error is { } unread)
        {
            await http.Answer(unread);
            return;
        }
        var (body, error) = await verification.Of(submitted.Bytes!, http.RequestAborted);
        if (error is not null) await http.Answer(error);
        else await http.Answer(200, body!, WireJson.Default.VerifyBody);
    }
}

internal sealed record VerifyRequest(string Url);

/// <summary>The findings, each for itself. A member that is missing was not looked at.</summary>
/// <param name="MediaType">What the bytes are; missing where they can be opened neither as a picture nor as a clip.</param>
internal sealed record VerifyBody(string? MediaType, int? Width, int? Height, CredentialBody Credential, WatermarkBody? Watermark, LookBody? PerceptualMatch);

/// <param name="State"><c>none</c>, <c>valid</c> (whole, but by a signer whom we do not know) or <c>trusted</c>; of credentials that do not hold <c>tampered</c>, <c>unreadable</c>, <c>invalid</c> (they break a rule of C2PA), <c>unsupported</c>, <c>revoked</c> or <c>expired</c>.</param>
/// <param name="Sentence">The state in words.</param>
/// <param name="Picture">Our record of the picture; only where the state is trusted.</param>
/// <param name="Findings">What speaks against the file, by the status codes of C2PA.</param>
internal sealed record CredentialBody(
    string State, string Sentence, string? Signer, string? Generator, string? Manifest, DateTimeOffset? StampedAt, OriginBody? Picture, IReadOnlyList<CredentialFindingBody> Findings);

internal sealed record CredentialFindingBody(string Code, string Explanation);

/// <param name="Found">Whether the pixels carry the watermark of a picture on record here. How surely is never told: it would guide whoever wants to take it away.</param>
/// <param name="LooksAlike">Whether the picture looks like the recorded one. A crop may not; a mark that was copied onto another picture does not.</param>
/// <param name="Picture">Our record of the picture whose mark it is.</param>
internal sealed record WatermarkBody(bool Found, bool? LooksAlike, OriginBody? Picture);

/// <param name="Found">Whether a picture of this platform looks so much alike that chance is no explanation; another version of the same picture is one.</param>
/// <param name="Comparable">False for a picture with too little to see, such as a plain area.</param>
internal sealed record LookBody(bool Found, bool Comparable, OriginBody? Picture);

/// <summary>What everybody may know of a picture of this platform.</summary>
/// <param name="Manifest">The URN of its C2PA manifest.</param>
/// <param name="InSignedCheckpoint">Whether its record is an entry of the transparency log that a signed checkpoint covers.</param>
/// <param name="LogRecord">Where the record stands in the log, with the proof; absent where no checkpoint covers it yet.</param>
/// <param name="Erased">True where the picture was deleted because a person asked to be forgotten; the record that it was made stands. Absent otherwise.</param>
internal sealed record OriginBody(
    string MadeBy, DateTimeOffset MadeAt, string? Model, string? ModelVersion, string ModelDigest, string Manifest, bool InSignedCheckpoint, LogRecordBody? LogRecord, bool? Erased)
{
    public static OriginBody? Of(OriginView? origin) =>
        origin is null ? null : new("Vitrine", origin.CreatedAt, origin.Model, origin.ModelVersion, origin.ModelDigest, origin.Manifest, origin.IsInCheckpoint,
            origin.Log is { } log ? new(InclusionBody.Of(log.Inclusion), log.Receipt, log.Key) : null, origin.IsErased ? true : null);
}

/// <summary>Where the record stands in the transparency log, so that nobody has to believe it; the log's name is that of a brand and is not told.</summary>
/// <param name="Inclusion">Proves that the record's entry is in the tree with that root (RFC 9162, section 2.1.3).</param>
/// <param name="Receipt">Signed note (C2SP signed-note) by which the operator stands for leaf, index, size and root. Keep it: the brand's auditors find the root in the checkpoints of the log, which witnesses attest.</param>
/// <param name="Key">The key that signed it, as a vkey. Compare its last part with the key that the operator publishes elsewhere.</param>
internal sealed record LogRecordBody(InclusionBody Inclusion, string Receipt, string Key);
