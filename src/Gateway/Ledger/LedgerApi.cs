using System.Globalization;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>
/// A tenant's transparency log, for its auditors, in the formats of C2SP: checkpoint, tiles and entry bundles, and proofs of RFC 9162. Every answer can be checked
/// without believing it.
/// </summary>
internal static class LedgerApi
{
    private const string Prefix = "/v1/ledger";

    public static void MapLedgerApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Prefix + "/checkpoint", Checkpoint).Needs(Scopes.Audit).WithName("GetLedgerCheckpoint")
            .WithSummary("The newest signed checkpoint of the tenant's log (C2SP tlog-checkpoint).").Produces<string>(200, "text/plain").Refuses(404);
        routes.MapGet(Prefix + "/key", Key).Needs(Scopes.Audit).WithName("GetLedgerKey")
            .WithSummary("The public key of the tenant's log, as a vkey (C2SP signed-note). Compare it once with what the operator published elsewhere.").Produces<string>(200, "text/plain").Refuses(404);
        routes.MapGet(Prefix + "/tile/entries/{**place}", Entries).Needs(Scopes.Audit).WithName("GetLedgerEntries")
            .WithSummary("Entries of one tile, each behind its length (C2SP tlog-tiles).").Produces<byte[]>(200, "application/octet-stream").Refuses(404);
        routes.MapGet(Prefix + "/tile/{level:int}/{**place}", Tile).Needs(Scopes.Audit).WithName("GetLedgerTile")
            .WithSummary("Up to 256 hashes of one level of the tree (C2SP tlog-tiles).").Produces<byte[]>(200, "application/octet-stream").Refuses(404);
        routes.MapGet(Prefix + "/proofs/inclusion", Inclusion).Needs(Scopes.Audit).WithName("GetLedgerInclusionProof")
            .WithSummary("Proves that the entry ?index= is in the tree of ?size= entries, or of the newest checkpoint.").Produces<InclusionBody>().Refuses(404, 422);
        routes.MapGet(Prefix + "/proofs/consistency", Consistency).Needs(Scopes.Audit).WithName("GetLedgerConsistencyProof")
            .WithSummary("Proves that the tree of ?from= entries is the beginning of the tree of ?to= entries, or of the newest checkpoint.").Produces<ConsistencyBody>().Refuses(404, 422);
        routes.MapGet(Prefix + "/platform", Platform).Needs(Scopes.Audit).WithName("GetPlatformCheckpoint")
            .WithSummary("A newest checkpoint of the platform's log over all tenants' checkpoints, rather one that witnesses cosigned, and the proof that the tenant's newest is in it.").Produces<PlatformBody>().Refuses(404);
    }

    private static async Task Checkpoint(HttpContext http, IGrainFactory grains)
    {
        if (await grains.Ledger(http.Principal().Tenant).Checkpoint(http.RequestAborted) is { } head) await Text(http, head.Note);
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static async Task Key(HttpContext http, IGrainFactory grains)
    {
        if (await grains.Ledger(http.Principal().Tenant).Checkpoint(http.RequestAborted) is { } head) await Text(http, head.Key + "\n");
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static async Task Tile(int level, string place, HttpContext http, IGrainFactory grains) => await Bytes(http,
        Provenance.Ledger.Tile.TryParsePath(place, out var index, out var width) ? await grains.Ledger(http.Principal().Tenant).Tile(level, index, width, http.RequestAborted) : null);

    private static async Task Entries(string place, HttpContext http, IGrainFactory grains) => await Bytes(http,
        Provenance.Ledger.Tile.TryParsePath(place, out var index, out var width) ? await grains.Ledger(http.Principal().Tenant).Entries(index, width, http.RequestAborted) : null);

    private static async Task Inclusion(HttpContext http, IGrainFactory grains, string? index = null, string? size = null)
    {
        var query = new QueryFields(http.Request.Query);
        var (leaf, tree) = (query.WholeNumber(nameof(index), 0, long.MaxValue), query.WholeNumber(nameof(size), 0, long.MaxValue));
        if (string.IsNullOrEmpty(index)) query.Missing(nameof(index));
        if (query.Error() is { } error) await http.Answer(error);
        else if (await grains.Ledger(http.Principal().Tenant).Inclusion(leaf!.Value, tree, http.RequestAborted) is { } proof) await http.Answer(200, InclusionBody.Of(proof), WireJson.Default.InclusionBody);
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static async Task Consistency(HttpContext http, IGrainFactory grains, string? from = null, string? to = null)
    {
        var query = new QueryFields(http.Request.Query);
        var (older, newer) = (query.WholeNumber(nameof(from), 0, long.MaxValue), query.WholeNumber(nameof(to), 0, long.MaxValue));
        if (string.IsNullOrEmpty(from)) query.Missing(nameof(from));
        if (query.Error() is { } error) await http.Answer(error);
        else if (await grains.Ledger(http.Principal().Tenant).Consistency(older!.Value, newer, http.RequestAborted) is { } proof)
            await http.Answer(200, new ConsistencyBody(proof.From, proof.To, proof.FromRoot, proof.ToRoot, proof.Hashes), WireJson.Default.ConsistencyBody);
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static async Task Platform(HttpContext http, IGrainFactory grains)
    {
        if (await grains.Ledger(http.Principal().Tenant).Platform(http.RequestAborted) is { } view)
            await http.Answer(200, new PlatformBody(view.Platform.Note, view.Platform.Key, view.Tenant.Note, view.Tenant.Key, InclusionBody.Of(view.Inclusion), view.Stamp), WireJson.Default.PlatformBody);
        else await http.Answer(ErrorAnswer.NotFound);
    }

    private static Task Text(HttpContext http, string text)
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(text, Encoding.UTF8, http.RequestAborted);
    }

    private static async Task Bytes(HttpContext http, byte[]? bytes)
    {
        if (bytes is null)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = bytes.Length;
        // A tile never changes; a key stands between it and everybody else.
        http.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }
}

/// <param name="Hashes">Base 64, from the leaf's sibling upwards (RFC 9162, section 2.1.3).</param>
internal sealed record InclusionBody(long Index, long Size, string LeafHash, string Root, IReadOnlyList<string> Hashes)
{
    public static InclusionBody Of(InclusionView proof) => new(proof.Index, proof.Size, proof.LeafHash, proof.Root, proof.Hashes);
}

/// <param name="Hashes">Base 64 (RFC 9162, section 2.1.4).</param>
internal sealed record ConsistencyBody(long From, long To, string FromRoot, string ToRoot, IReadOnlyList<string> Hashes);

/// <param name="Checkpoint">Signed note of the platform's log, with the cosignatures of its witnesses.</param>
/// <param name="TenantCheckpoint">Signed note of the tenant's log: the entry of the platform's log that <paramref name="Inclusion"/> proves.</param>
/// <param name="Stamp">RFC 3161 token over the text of <paramref name="Checkpoint"/>, base 64; absent when it has none.</param>
internal sealed record PlatformBody(string Checkpoint, string Key, string TenantCheckpoint, string TenantKey, InclusionBody Inclusion, byte[]? Stamp);
