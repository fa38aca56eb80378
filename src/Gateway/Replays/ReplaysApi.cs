using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Replays: a picture made again from its record, as evidence. They are asked for and followed like jobs, because they wait for a device like jobs.</summary>
internal static class ReplaysApi
{
    private static readonly ErrorAnswer NoBody = new(400, "invalid_value", "A replay is asked for without a body: everything that decides it is on record.") { MayRetry = false };
    private static readonly ErrorAnswer BadKey = ErrorAnswer.InvalidHeader(Submissions.IdempotencyHeader, "An Idempotency-Key is sent once and has 1 to 255 visible ASCII characters.");

    public static void MapReplaysApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/assets/{id}/replay", Request).Needs(Scopes.Audit).WithName("ReplayAsset")
            .WithSummary("Make a picture again from its record alone and compare; the answer comes as soon as the wish is recorded. Costs no credits; few may be under way at once.")
            .Produces<ReplayBody>(202).Refuses(400, 404, 422, 429);
        routes.MapGet("/v1/replays/{id}", Get).Needs(Scopes.Audit).WithName("GetReplay").WithSummary("A replay and, once it is done, its verdict.")
            .Produces<ReplayBody>().Refuses(404);
        routes.MapDelete("/v1/replays/{id}", Cancel).Needs(Scopes.Audit).WithName("CancelReplay").WithSummary("End a replay; a device that works on it stops within one denoising step.")
            .Produces<ReplayBody>().Refuses(404, 409);
    }

    private static async Task Request(string id, HttpContext http, IGrainFactory grains)
    {
        if (http.Request.ContentLength > 0 || http.Request.Headers.TransferEncoding.Count > 0)
        {
            http.Response.Headers.Connection = "close";
            await http.Answer(NoBody);
            return;
        }
        var (principal, replay) = (http.Principal(), ReplayId.New());
        if (http.Request.Headers.TryGetValue(Submissions.IdempotencyHeader, out var keys))
        {
            if (keys is not [{ } key] || !Submissions.IsIdempotencyKey(key))
            {
                await http.Answer(BadKey);
                return;
            }
            replay = ReplayId.ForIdempotencyKey(principal, key);
        }
        if (!AssetId.TryParse(id, out var asset) || await grains.Replays(principal.Tenant).Request(new(replay, asset, principal.Key.Value), http.RequestAborted) is not { } outcome)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        if (outcome.Known) http.Response.Headers["Idempotency-Replayed"] = "true";
        if (outcome.Refusal is { } refusal)
        {
            await http.Answer(ErrorAnswer.Of(refusal));
            return;
        }
        http.Response.Headers.Location = $"/v1/replays/{outcome.Replay!.Id}";
        await http.Answer(202, ReplayBody.Of(outcome.Replay, await PlaceOf(grains, principal.Tenant, outcome.Replay)), WireJson.Default.ReplayBody);
    }

    private static async Task Get(string id, HttpContext http, IGrainFactory grains)
    {
        var tenant = http.Principal().Tenant;
        if (!ReplayId.TryParse(id, out var replay) || await grains.Replays(tenant).Get(replay, http.RequestAborted) is not { } view) await http.Answer(ErrorAnswer.NotFound);
        else await http.Answer(200, ReplayBody.Of(view, await PlaceOf(grains, tenant, view)), WireJson.Default.ReplayBody);
    }

    private static async Task Cancel(string id, HttpContext http, IGrainFactory grains)
    {
        var principal = http.Principal();
        if (!ReplayId.TryParse(id, out var replay) || await grains.Replays(principal.Tenant).Cancel(replay, principal.Key.Value, http.RequestAborted) is not { } outcome)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        if (outcome.Refusal is { } refusal) await http.Answer(ErrorAnswer.Of(refusal));
        else await http.Answer(200, ReplayBody.Of(outcome.Value!, null), WireJson.Default.ReplayBody);
    }

    private static async Task<QueuePlace?> PlaceOf(IGrainFactory grains, TenantId tenant, ReplayView replay) =>
        replay.State == ReplayState.Queued ? await QueuePlaces.Soon(() => grains.Replays(tenant).Place(new(replay.Id))) : null;
}

/// <param name="State">One of <c>queued, held, running, done, canceled</c>; held while no live device can run the model.</param>
/// <param name="Position">Work that will be served before it, while it waits.</param>
internal sealed record ReplayBody(
    string Id, string Asset, string State, int? Position, DateTimeOffset RequestedAt, DateTimeOffset? FinishedAt, ReplayVerdictBody? Verdict)
{
    public static ReplayBody Of(ReplayView replay, QueuePlace? place) => new(
        replay.Id, replay.Asset, place is { Held: true } ? "held" : WordOf(replay.State), place?.Position, replay.RequestedAt, replay.FinishedAt,
        replay.Verdict is { } verdict ? ReplayVerdictBody.Of(verdict) : null);

    private static string WordOf(ReplayState state) => state switch
    {
        ReplayState.Queued => "queued",
        ReplayState.Running => "running",
        ReplayState.Done => "done",
        ReplayState.Canceled => "canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A state without a word."),
    };
}

/// <param name="Answer">One of <c>identical, alike, different, model_gone, prompt_gone, failed</c>.</param>
/// <param name="Sentence">The answer in words.</param>
/// <param name="Differs">What is known to differ between then and now: <c>model_digest</c>, <c>device</c>, <c>hardware</c>, <c>runtime</c>, <c>platform</c>.</param>
/// <param name="Difference">How far the two pictures are from each other; missing where they are equal or nothing was made.</param>
/// <param name="Recorded">What is on record.</param>
/// <param name="Replayed">What was found; missing where nothing was made.</param>
/// <param name="FailureCode">Why it could not be made, for <c>failed</c>.</param>
internal sealed record ReplayVerdictBody(
    string Answer, string Sentence, IReadOnlyList<string> Differs, PixelDifferenceBody? Difference, ReplayedPictureBody Recorded, ReplayedPictureBody? Replayed, string? FailureCode)
{
    public static ReplayVerdictBody Of(ReplayVerdict verdict) => new(
        WordOf(verdict.Answer), verdict.Sentence, verdict.Differs,
        verdict.Found?.Difference is { } difference ? new PixelDifferenceBody(difference.PdqDistance, difference.PsnrDecibels, difference.LargestDifference) : null,
        ReplayedPictureBody.Of(verdict.PixelSha256, verdict.ModelDigest, verdict.Site),
        verdict.Found is { } found ? ReplayedPictureBody.Of(found.PixelSha256, found.ModelDigest, found.Site) : null, verdict.Failure?.Code);

    private static string WordOf(ReplayAnswer answer) => answer switch
    {
        ReplayAnswer.Identical => "identical",
        ReplayAnswer.Alike => "alike",
        ReplayAnswer.Different => "different",
        ReplayAnswer.ModelGone => "model_gone",
        ReplayAnswer.PromptGone => "prompt_gone",
        ReplayAnswer.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(answer), answer, "An answer without a word."),
    };
}

/// <param name="PdqDistance">Bits by which the perceptual hashes differ, of 256; missing where there is too little to see.</param>
/// <param name="PsnrDb">Peak signal-to-noise ratio in decibels; missing where the finished pictures are equal.</param>
/// <param name="LargestDifference">Of any channel of any pixel, 0 to 255.</param>
internal sealed record PixelDifferenceBody(int? PdqDistance, double? PsnrDb, int LargestDifference);

/// <param name="PixelSha256">Of the rendered RGB rows before watermark, label and encoding.</param>
/// <param name="Device">Where it was rendered; missing, with the three that follow, for a picture of the time before that was recorded.</param>
internal sealed record ReplayedPictureBody(string PixelSha256, string ModelDigest, string? Device, string? Hardware, string? Runtime, string? Platform)
{
    public static ReplayedPictureBody Of(string pixels, string model, RenderSite? site) => new(pixels, model, site?.Device, site?.Hardware, site?.Runtime, site?.Platform);
}
