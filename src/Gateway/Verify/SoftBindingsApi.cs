using System.Text;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Gateway;

/// <summary>
/// The C2PA Soft Binding Resolution API over the pictures of this platform, with <c>/v1</c> as its base: a program of anybody finds the manifest of a picture whose metadata was stripped.
/// Its errors have the status that the API names and the form of the native dialect. Open to strangers, within the same rate as Verify.
/// </summary>
internal static class SoftBindingsApi
{
    /// <summary>The name of the fingerprint here; its value is the hash as <see cref="PdqHash"/> writes it, in ASCII.</summary>
    public const string PdqAlgorithm = "io.vitrine.pdq.1";

    private const int MostAlgorithm = 128, MostValue = 4096, MostResults = 1000;
    private static readonly ErrorAnswer NoPicture = new(415, "unsupported_media_type", "Send a picture as the body, with its image type.");

    public static void MapSoftBindingsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/services/supportedAlgorithms", Algorithms).OpenToStrangers().WithName("GetSupportedBindings")
            .WithSummary("The soft bindings that can be resolved here (C2PA Soft Binding Resolution API).").Produces<SoftBindingAlgorithms>();
        routes.MapGet("/v1/matches/byBinding", ByBinding).OpenToStrangers().WithName("QueryByBinding")
            .WithSummary("Manifests whose picture carries a soft binding. The value is base64 of what the manifest's soft binding holds.").Produces<SoftBindingMatches>().Refuses(400, 429);
        routes.MapPost("/v1/matches/byBinding", ByLargeBinding).OpenToStrangers().WithName("QueryByLargeBinding")
            .WithSummary("As the GET, with the binding in the body.").Accepts<SoftBindingQuery>("application/json").Produces<SoftBindingMatches>().Refuses(400, 413, 415, 429);
        routes.MapPost("/v1/matches/byContent", ByContent).OpenToStrangers().WithName("QueryByContent")
            .WithSummary("Manifests whose picture carries the watermark of this one, or looks like it. Nothing is kept.")
            .Accepts<byte[]>("image/*", "application/octet-stream", "multipart/form-data").Produces<SoftBindingMatches>().Refuses(400, 413, 415, 422, 429);
        routes.MapGet("/v1/manifests/{manifestId}", Manifest).OpenToStrangers().WithName("GetManifestById")
            .WithSummary("The manifest store that a manifest belongs to, or its active manifest alone.").Produces<byte[]>(200, ManifestStoreBytes.MediaType).Refuses(400, 404, 429);
    }

    private static Task Algorithms(HttpContext http, Verification verification) => http.Answer(200, new SoftBindingAlgorithms(
        verification.ReadsWatermarks ? [new(Watermark.Algorithm)] : [], [new(PdqAlgorithm)]), WireJson.Default.SoftBindingAlgorithms);

    private static async Task ByBinding(HttpContext http, SoftBindingResolution resolution, VerifyRate rate, ClusterConnection cluster, string? alg = null, string? value = null, string? maxResults = null)
    {
        if (!await Enter(http, rate, cluster)) return;
        var query = new QueryFields(http.Request.Query);
        var (algorithm, text) = (query.Text(nameof(alg), MostAlgorithm), query.Text(nameof(value), MostValue));
        _ = query.WholeNumber(nameof(maxResults), 1, MostResults);
        if (!http.Request.Query.ContainsKey(nameof(alg))) query.Missing(nameof(alg));
        if (!http.Request.Query.ContainsKey(nameof(value))) query.Missing(nameof(value));
        var binding = algorithm is not null && text is not null ? SoftBindingValue.Read(algorithm, text, fault => query.Invalid(fault.Name, fault.Detail)) : null;
        if (query.Error() is { } error) await http.Answer(error with { Status = 400 });
        else await Answer(http, await resolution.Find([binding!], http.RequestAborted));
    }

    private static async Task ByLargeBinding(HttpContext http, SoftBindingResolution resolution, VerifyRate rate, ClusterConnection cluster, string? maxResults = null)
    {
        if (!await Enter(http, rate, cluster)) return;
        var query = new QueryFields(http.Request.Query);
        _ = query.WholeNumber(nameof(maxResults), 1, MostResults);
        if (query.Error() is { } wrong)
        {
            await http.Answer(wrong with { Status = 400 });
            return;
        }
        using var body = await StrictJson.Read(http, http.RequestAborted);
        if (body.Error is { } unread)
        {
            await http.Answer(unread);
            return;
        }
        var fields = new BodyFields(body.Root);
        var (algorithm, text) = (fields.RequiredText("alg", MostAlgorithm), fields.RequiredText("value", MostValue));
        var binding = algorithm is not null && text is not null ? SoftBindingValue.Read(algorithm, text, fault => fields.Invalid(fault.Name, fault.Detail)) : null;
        if (fields.Error() is { } error) await http.Answer(error with { Status = 400 });
        else await Answer(http, await resolution.Find([binding!], http.RequestAborted));
    }

    private static async Task ByContent(
        HttpContext http, SubmittedPictures pictures, Verification verification, SoftBindingResolution resolution, VerifyRate rate, ClusterConnection cluster,
        string? alg = null, string? maxResults = null, string? hintAlg = null, string? hintValue = null)
    {
        if (!await Enter(http, rate, cluster)) return;
        var query = new QueryFields(http.Request.Query);
        var only = query.Text(nameof(alg), MostAlgorithm);
        var (hint, hinted) = (query.Text(nameof(hintAlg), MostAlgorithm), query.Text(nameof(hintValue), MostValue));
        _ = query.WholeNumber(nameof(maxResults), 1, MostResults);
        if (only is not (null or Watermark.Algorithm or PdqAlgorithm)) query.Invalid(nameof(alg), SoftBindingValue.Supported);
        // A hint may help; one of an algorithm that is not known here does not.
        var extra = hint is Watermark.Algorithm or PdqAlgorithm && hinted is not null ? SoftBindingValue.Read(hint, hinted, fault => query.Invalid(nameof(hintValue), fault.Detail)) : null;
        if (query.Error() is { } error)
        {
            await http.Answer(error with { Status = 400 });
            return;
        }
        // Of an address nothing is fetched here; Verify does that.
        var submitted = http.Request.HasJsonContentType() ? (null, NoPicture) : await pictures.Read(http);
        if (submitted.Error is { } unread)
        {
            await http.Answer(unread);
            return;
        }
        var (found, refused) = await verification.BindingsOf(submitted.Bytes!, http.RequestAborted);
        if (refused is not null) await http.Answer(refused);
        else await Answer(http, await resolution.Find([.. found!.Where(binding => only is null || binding.Algorithm == only), .. extra is null ? Array.Empty<SoftBindingValue>() : [extra]], http.RequestAborted));
    }

    private static async Task Manifest(string manifestId, HttpContext http, IGrainFactory grains, IBlobStore blobs, VerifyRate rate, ClusterConnection cluster, string? returnActiveManifest = null)
    {
        if (!await Enter(http, rate, cluster)) return;
        var query = new QueryFields(http.Request.Query);
        var active = query.Text(nameof(returnActiveManifest), 5);
        if (active is not (null or "true" or "false")) query.Invalid(nameof(returnActiveManifest), "returnActiveManifest is true or false.");
        if (!ManifestStoreBytes.IsManifestUrn(manifestId)) query.Invalid("manifestId", "A manifest's id is urn:c2pa: and a UUID.");
        if (query.Error() is { } error)
        {
            await http.Answer(error with { Status = 400 });
            return;
        }
        // The store is within the file; a file that is gone, because somebody had it erased, is as unknown as one that never was.
        if (await grains.Origins().ByManifest(manifestId, http.RequestAborted) is not { } origin || await blobs.Read(new BlobKey(origin.Tenant.Value, origin.Sha256), http.RequestAborted) is not { } file)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        var store = ManifestStoreBytes.Of(file, active == "true") ?? throw new InvalidDataException($"The file of {manifestId} holds no manifest store.");
        http.Response.ContentType = ManifestStoreBytes.MediaType;
        http.Response.ContentLength = store.Length;
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        await http.Response.Body.WriteAsync(store, http.RequestAborted);
    }

    private static async Task<bool> Enter(HttpContext http, VerifyRate rate, ClusterConnection cluster)
    {
        if (rate.Refusal(http) is { } refusal)
        {
            await http.Answer(refusal);
            return false;
        }
        cluster.Require();
        return true;
    }

    private static Task Answer(HttpContext http, SoftBindingMatches matches) => http.Answer(200, matches, WireJson.Default.SoftBindingMatches);
}

/// <summary>One soft binding that was asked about.</summary>
/// <param name="Looks">For the fingerprint: the hash in every way of laying the picture down that is known; empty for a watermark.</param>
internal sealed record SoftBindingValue(string Algorithm, string Value, IReadOnlyList<PdqHash> Looks)
{
    public const string Supported = $"alg is one of {Watermark.Algorithm}, {SoftBindingsApi.PdqAlgorithm}.";

    /// <summary>Reads what a query gives: base64 of the ASCII text that a manifest's soft binding, or a hash, is written in.</summary>
    public static SoftBindingValue? Read(string algorithm, string base64, Action<(string Name, string Detail)> fault)
    {
        if (algorithm is not (Watermark.Algorithm or SoftBindingsApi.PdqAlgorithm))
        {
            fault(("alg", Supported));
            return null;
        }
        var bytes = new byte[base64.Length];
        var text = Convert.TryFromBase64String(base64, bytes, out var length) ? Encoding.ASCII.GetString(bytes, 0, length) : null;
        if (algorithm == Watermark.Algorithm && WatermarkId.TryParse(text, out var mark)) return new(algorithm, mark.ToString(), []);
        if (algorithm == SoftBindingsApi.PdqAlgorithm && PdqHash.TryParse(text, out var hash)) return new(algorithm, hash.ToString(), [hash]);
        fault(("value", algorithm == Watermark.Algorithm ? "value is base64 of 12 lower-case hexadecimal digits." : "value is base64 of 64 lower-case hexadecimal digits."));
        return null;
    }
}

/// <summary>Asks the platform whose the bindings are.</summary>
internal sealed class SoftBindingResolution(IGrainFactory grains)
{
    public async Task<SoftBindingMatches> Find(IReadOnlyList<SoftBindingValue> bindings, CancellationToken cancellation)
    {
        var matches = new List<SoftBindingMatch>();
        foreach (var binding in bindings)
        {
            var origin = binding.Algorithm == Watermark.Algorithm ? await grains.Origins().ByWatermark(binding.Value, cancellation)
                : await grains.Origins().ByLook([.. binding.Looks.Select(look => look.ToString())], cancellation);
            if (origin is not null && matches.All(match => match.ManifestId != origin.Manifest)) matches.Add(new(origin.Manifest, ScoreOf(binding, origin)));
        }
        return new(matches);
    }

    /// <summary>The share of bits that agree, for a fingerprint. How surely a watermark was read is never told: it would guide whoever wants to take it away.</summary>
    private static int? ScoreOf(SoftBindingValue binding, OriginView origin) =>
        binding.Looks.Count > 0 && PdqHash.TryParse(origin.Pdq, out var recorded) ? 100 * (PdqHash.Bits - binding.Looks.Min(look => look.DistanceTo(recorded))) / PdqHash.Bits : null;
}

internal sealed record SoftBindingQuery(string Alg, string Value);

/// <param name="Watermarks">Algorithms of watermarks.</param>
/// <param name="Fingerprints">Algorithms of fingerprints.</param>
internal sealed record SoftBindingAlgorithms(IReadOnlyList<SoftBindingAlgorithm> Watermarks, IReadOnlyList<SoftBindingAlgorithm> Fingerprints);

internal sealed record SoftBindingAlgorithm(string Alg);

/// <param name="Matches">Best first; at most one for each binding.</param>
internal sealed record SoftBindingMatches(IReadOnlyList<SoftBindingMatch> Matches);

/// <param name="ManifestId">The URN of the manifest: <c>/v1/manifests/{manifestId}</c> has it.</param>
/// <param name="SimilarityScore">0 to 100, for a fingerprint; missing for a watermark.</param>
internal sealed record SoftBindingMatch(
    [property: System.Text.Json.Serialization.JsonPropertyName("manifestId")] string ManifestId,
    [property: System.Text.Json.Serialization.JsonPropertyName("similarityScore")] int? SimilarityScore);
