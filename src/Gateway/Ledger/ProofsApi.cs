using System.Text;
using Vitrine.Grains.Interfaces;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Gateway;

/// <summary>The proof of one asset, to be taken away and checked offline.</summary>
internal static class ProofsApi
{
    public static void MapProofsApi(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/assets/{id}/bundle", Bundle).Needs(Scopes.Audit).WithName("GetProofBundle")
            .WithSummary("One zip with everything that proves the picture, and a page that says how to check it: events with their proofs, checkpoint, keys, the file.")
            .Produces<byte[]>(200, "application/zip").Refuses(404, 409);

    private static async Task Bundle(string id, HttpContext http, IGrainFactory grains, AssetContent content)
    {
        var tenant = http.Principal().Tenant;
        if (!AssetId.TryParse(id, out var asset) || await grains.Ledger(tenant).Evidence(asset, http.RequestAborted) is not { } outcome)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        if (outcome.Value is not { } evidence)
        {
            await http.Answer(ErrorAnswer.Of(outcome.Refusal!));
            return;
        }
        var file = evidence.Asset.ErasedAt is null ? await content.Read(tenant, evidence.Asset.OfNewestFile(), http.RequestAborted) : null;
        var zip = ProofBundle.Write(Parts(tenant, evidence, file));
        http.Response.ContentType = "application/zip";
        http.Response.ContentLength = zip.Length;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{evidence.Asset.Id}.zip\"";
        await http.Response.Body.WriteAsync(zip, http.RequestAborted);
    }

    private static BundleParts Parts(TenantId tenant, EvidenceView evidence, byte[]? file)
    {
        var (head, platform) = (Note(evidence.Head.Note), Note(evidence.Platform.Platform.Note));
        return new(
            tenant.Value, evidence.Asset.Id, evidence.Asset.Job, "asset." + PictureFormats.Extension(evidence.Asset.MediaType), file,
            [.. evidence.Events.Select(e => new BundleEvent(e.Entry, e.Salt, e.Payload, Proof(e.Inclusion, head), e.Opening, e.OpeningSalt))], head, Key(evidence.Head.Key),
            Proof(evidence.Platform.Inclusion, platform), Key(evidence.Platform.Platform.Key), Some(evidence.TrustAnchorPem))
        {
            TimeStampAnchorPem = Some(evidence.TimeStampAnchorPem), PlatformStamp = evidence.Platform.Stamp, Related = evidence.Related ?? [], Manifest = file is null ? evidence.KeptManifest : ManifestStoreBytes.Of(file),
        };
    }

    private static string? Some(string text) => text.Length == 0 ? null : text;
    private static LogProof Proof(InclusionView inclusion, SignedNote checkpoint) => new(inclusion.Index, [.. inclusion.Hashes.Select(Hash)], checkpoint);
    private static SignedNote Note(string text) => SignedNote.Parse(Encoding.UTF8.GetBytes(text)) ?? throw new InvalidDataException("A silo answered with a checkpoint that is no signed note.");
    private static NoteKey Key(string text) => NoteKey.TryParse(text, out var key) ? key! : throw new InvalidDataException("A silo answered with a key that is none.");
    private static TreeHash Hash(string text) => TreeHash.TryParse(text, out var hash) ? hash : throw new InvalidDataException("A silo answered with a hash that is none.");
}
