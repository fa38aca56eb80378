using System.Security.Cryptography;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Inference;
using Vitrine.Media;

namespace Vitrine.Grains.Replays;

/// <summary>
/// Makes a picture again on a device and compares it with its record. Nothing of it is kept or shown, so it passes no output screening. Where the pixels are not those of the record, they are
/// finished as those were (same watermark, same label, same encoding), so that what is compared is what the change of pixels did and nothing else.
/// </summary>
public sealed class ReplayRendering(ModelCatalogue catalogue, Finishing finishing, ClipRendering clips, StartPictures starts, IBlobStore blobs)
{
    /// <exception cref="RenderPausedException">The silo stops; somebody else begins it again.</exception>
    public async Task<ReplayFinding> Make(IRenderingEngine engine, RenderSite site, TenantId tenant, ReplayOrder order, bool express, CancellationToken cancellation, CancellationToken pause)
    {
        var (job, asset) = (order.Job, order.Asset);
        var model = catalogue.TryGet(job.Model!, out var card) ? card.Digest : "";
        if (job.Clip is not null) return await MakeClip(engine, site, tenant, order, model, cancellation, pause);
        var begun = await starts.Read(tenant, job.Start, cancellation);
        var again = job.Start is { IsRendition: true } ? await Task.Run(() => Rendition.Of(job, begun!.File).Pixels, cancellation) : await Render(engine, job, asset, begun, express, cancellation, pause);
        var digest = Convert.ToHexStringLower(SHA256.HashData(again.Pixels));
        var difference = digest == asset.PixelSha256 ? null : await Task.Run(() => Difference(tenant, job, asset, again, cancellation), cancellation);
        return new ReplayFinding(digest, model, site, difference);
    }

    private static async Task<RgbImage> Render(IRenderingEngine engine, JobView job, AssetView asset, StartPicture? start, bool express, CancellationToken cancellation, CancellationToken pause)
    {
        var request = new ImageRequest(job.Model!, job.Prompt!, job.NegativePrompt ?? "", (ulong)asset.Seed, job.Steps, job.Guidance, asset.Width, asset.Height)
        {
            Start = start?.Begin, Express = express,
        };
        var rendered = await engine.Render(request, null, cancellation, pause);
        RenderTelemetry.Rendered(rendered, express);
        return rendered.Image;
    }

    // How far frames are from those of the record is not measured: the file has them compressed.
    private async Task<ReplayFinding> MakeClip(IRenderingEngine engine, RenderSite site, TenantId tenant, ReplayOrder order, string model, CancellationToken cancellation, CancellationToken pause)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, pause);
        try
        {
            var start = await starts.Read(tenant, order.Job.Start, ending.Token);
            return new ReplayFinding(await clips.PixelDigest(engine, order.Job, order.Asset.Image, start, ending.Token), model, site, null);
        }
        catch (OperationCanceledException) when (pause.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new RenderPausedException(null);
        }
    }

    private async Task<PixelDifference?> Difference(TenantId tenant, JobView job, AssetView asset, RgbImage again, CancellationToken cancellation)
    {
        await using var content = await blobs.Open(new BlobKey(tenant.Value, asset.Sha256), cancellation);
        return content is not null && ImageDecoder.Decode(await content.ReadAll(cancellation)) is DecodeResult.Decoded { Image: var kept } && (kept.Width, kept.Height) == (again.Width, again.Height)
            ? PixelComparison.Between(kept.ToRgb(), finishing.Appearance(again, asset, job), kept.Width, kept.Height) : null;
    }
}
