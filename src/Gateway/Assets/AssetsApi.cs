using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Finished pictures: their records and their bytes.</summary>
internal static class AssetsApi
{
    private static readonly ErrorAnswer BadLink = new(403, "invalid_signature", "The link has expired or is not as it was made; ask for a new one.") { MayRetry = false };

    private static readonly string[] Others = ["image/jpeg", "image/webp", "video/mp4"];

    public static void MapAssetsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/assets/{id}", Get).Needs(Scopes.Read).WithName("GetAsset").WithSummary("The record of one picture or clip.")
            .Produces<AssetBody>().Refuses(404);
        routes.MapMethods($"/v1/assets/{{id}}/{AssetUrls.First}", ["GET", "HEAD"], Content).NeedsOrSignedLink(Scopes.Read).WithName("GetAssetContent")
            .WithSummary("The picture or clip itself; byte ranges and If-None-Match are honoured. A signed link works without a key.")
            .Produces(200, null, "image/png", Others).Produces(206, null, "image/png", Others).Produces(304).Refuses(403, 404, 410).Produces(416);
        routes.MapMethods($"/v1/assets/{{id}}/{AssetUrls.Stamped}", ["GET", "HEAD"], Stamped).NeedsOrSignedLink(Scopes.Read).WithName("GetStampedAssetContent")
            .WithSummary("The picture's second file, with the time stamp that was not to be had when it was signed; 404 where there is none. Otherwise like the first.")
            .Produces(200, null, "image/png", Others).Produces(206, null, "image/png", Others).Produces(304).Refuses(403, 404, 410).Produces(416);
    }

    private static async Task Get(string id, HttpContext http, IGrainFactory grains, AssetUrls urls, TimeProvider time)
    {
        var tenant = http.Principal().Tenant;
        if (!AssetId.TryParse(id, out var asset) || await grains.Asset(new(tenant, asset)).Get(http.RequestAborted) is not { } view) await http.Answer(ErrorAnswer.NotFound);
        else await http.Answer(200, AssetBody.Of(tenant, view, urls, time.GetUtcNow()), WireJson.Default.AssetBody);
    }

    private static Task Content(string id, HttpContext http, IGrainFactory grains, AssetUrls urls, AssetContent content, TimeProvider time) =>
        Send(AssetUrls.First, id, http, grains, urls, content, time);

    private static Task Stamped(string id, HttpContext http, IGrainFactory grains, AssetUrls urls, AssetContent content, TimeProvider time) =>
        Send(AssetUrls.Stamped, id, http, grains, urls, content, time);

    private static async Task Send(string file, string id, HttpContext http, IGrainFactory grains, AssetUrls urls, AssetContent content, TimeProvider time)
    {
        TenantId tenant;
        if (http.Facts().Principal is { } principal) tenant = principal.Tenant;
        else if (urls.TenantOf(http.Request, id, time.GetUtcNow(), file) is { } signed) tenant = signed;
        else
        {
            await http.Answer(BadLink);
            return;
        }

        GrainCalls.For(tenant);
        if (!AssetId.TryParse(id, out var asset) || await grains.Asset(new(tenant, asset)).Get(http.RequestAborted) is not { } view || file == AssetUrls.Stamped && view.Stamped is null)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        if (file == AssetUrls.Stamped) view = view.OfNewestFile();
        var bytes = view.ErasedAt is null ? await content.Find(tenant, view, http.RequestAborted) : null;
        if (bytes is null)
        {
            // It was erased, perhaps since the record was read; otherwise its bytes are lost.
            if (await grains.Asset(new(tenant, asset)).Get(http.RequestAborted) is not { ErasedAt: not null }) throw new InvalidDataException($"The store has no bytes for {asset}.");
            await http.Answer(ErrorAnswer.Erased);
            return;
        }
        // The bytes of either file never change; "private" because a link or a key stands between them and everybody else.
        await PictureFile.Send(http, bytes, view.Id, view.MediaType, view.Sha256, "private, max-age=31536000, immutable");
    }
}

/// <summary>One picture's record.</summary>
/// <param name="Url">Absent for a picture that was erased.</param>
/// <param name="VisibleLabel">The label that people see on it; missing where it carries none.</param>
/// <param name="StampAwaited">True while the picture waits for a time stamp whose authority did not answer when it was signed; absent otherwise.</param>
/// <param name="Stamped">Its second file, with the time stamp that came late; absent where there is none.</param>
/// <param name="Frames">Of a clip, at 24 a second; absent for a picture.</param>
/// <param name="Unmet">What the labelling rules ask for and it lacks: see to it before publishing. Empty where it has everything; absent for a picture of the time before that was recorded.</param>
/// <param name="Erased">True where the picture was deleted because a person was erased; absent otherwise.</param>
internal sealed record AssetBody(
    string Id, string Job, int Image, string Sha256, string PixelSha256, string MediaType, long Length, int Width, int Height, long Seed,
    string Manifest, string ModelDigest, string PolicyDigest, DateTimeOffset CreatedAt, IReadOnlyList<string> LabelRules, Uri? Url, VisibleLabelBody? VisibleLabel, bool? StampAwaited,
    StampedFileBody? Stamped, bool? Erased, DateTimeOffset? ErasedAt, int? Frames, IReadOnlyList<UnmetRequirementBody>? Unmet)
{
    public static AssetBody Of(TenantId tenant, AssetView asset, AssetUrls urls, DateTimeOffset now) => new(
        asset.Id, asset.Job, asset.Image, asset.Sha256, asset.PixelSha256, asset.MediaType, asset.Length, asset.Width, asset.Height, asset.Seed,
        asset.Manifest, asset.ModelDigest, asset.PolicyDigest, asset.CreatedAt, asset.LabelRules,
        asset.ErasedAt is null ? urls.For(tenant, asset, now) : null, asset.Label is { } label ? new(label.Text, label.Position, label.LetterHeight, label.Rules) : null, asset.AwaitsStamp,
        asset.Stamped is { } stamped ? new(stamped.Sha256, stamped.Length, stamped.Manifest, stamped.At, asset.ErasedAt is null ? urls.For(tenant, asset, now, AssetUrls.Stamped) : null) : null,
        asset.ErasedAt is null ? null : true, asset.ErasedAt, asset.Frames,
        asset.Unmet is { } unmet ? [.. unmet.Select(each => new UnmetRequirementBody(each.Kind, each.Rules))] : null);
}

/// <param name="Kind">What is asked for, such as <c>notice.before_use</c>.</param>
/// <param name="Rules">The labelling rules that ask for it.</param>
internal sealed record UnmetRequirementBody(string Kind, IReadOnlyList<string> Rules);

/// <param name="Manifest">The URN of the update manifest that carries the stamp.</param>
/// <param name="Url">Absent for a picture that was erased.</param>
internal sealed record StampedFileBody(string Sha256, long Length, string Manifest, DateTimeOffset At, Uri? Url);

/// <param name="Position">The corner in which it stands.</param>
/// <param name="LetterHeight">Of a capital letter, in pixels.</param>
/// <param name="Rules">The labelling rules that ask for it.</param>
internal sealed record VisibleLabelBody(string Text, string Position, double LetterHeight, IReadOnlyList<string> Rules);
