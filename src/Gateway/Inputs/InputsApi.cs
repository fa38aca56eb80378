using System.Security.Cryptography;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;

namespace Vitrine.Gateway;

/// <summary>Pictures that callers bring, to begin jobs at. The gateway bounds and stores the bytes; what they are, and what their credentials came to, is for the input's grain to say.</summary>
internal static class InputsApi
{
    private static readonly ErrorAnswer Deleted = new(410, "deleted", "This picture was deleted; the record that it was here stands.") { MayRetry = false };
    private static readonly ErrorAnswer Full = new(503, "storage_full", "There is no room to store pictures at present; nothing was taken in.") { RetryAfter = TimeSpan.FromSeconds(30) };

    public static void MapInputsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/inputs", Receive).Needs(Scopes.Generate).WithName("ReceiveInput")
            .WithSummary("Bring a picture to begin jobs at: as multipart 'file', as the body itself, or as {\"url\"}. Its Content Credentials are checked now, and stay with everything that is made from it. The same bytes are the same input.")
            .Accepts<VerifyRequest>("application/json", "multipart/form-data", "image/*", "application/octet-stream").Produces<InputBody>().Produces<InputBody>(201).Refuses(400, 408, 410, 413, 415, 422, 429, 503);
        routes.MapGet("/v1/inputs/{id}", Get).Needs(Scopes.Read).WithName("GetInput").WithSummary("The record of one picture that was brought.")
            .Produces<InputBody>().Refuses(404);
        routes.MapMethods("/v1/inputs/{id}/content", ["GET", "HEAD"], Content).Needs(Scopes.Read).WithName("GetInputContent")
            .WithSummary("The picture as it came; byte ranges and If-None-Match are honoured.")
            .Produces(200, contentType: "image/png").Produces(206, contentType: "image/png").Produces(304).Refuses(404, 410).Produces(416);
        routes.MapDelete("/v1/inputs/{id}", Delete).Needs(Scopes.Generate).WithName("DeleteInput")
            .WithSummary("Delete the bytes. Pictures that were made from it stay; jobs that have not begun yet fail, and cost nothing.")
            .Produces<InputBody>().Refuses(404);
    }

    private static async Task Receive(HttpContext http, SubmittedPictures pictures, InputUploads uploads, IBlobStore blobs, IGrainFactory grains, ClusterConnection cluster)
    {
        cluster.Require();
        var principal = http.Principal();
        using var turn = uploads.Begin(principal.Tenant);
        if (turn is null)
        {
            await http.Answer(InputUploads.TooMany);
            return;
        }
        var (bytes, unread) = await pictures.Read(http);
        if (unread is not null)
        {
            await http.Answer(unread);
            return;
        }
        if (ImageProbe.Read(bytes) is ProbeRefusal refusal)
        {
            await http.Answer(new ErrorAnswer(422, refusal.Problem == ProbeProblem.TooLarge ? "image_too_large" : "invalid_image", refusal.Sentence) { MayRetry = false });
            return;
        }
        var input = InputId.Of(principal, Convert.ToHexStringLower(SHA256.HashData(bytes!)));
        BlobKey stored;
        try
        {
            // Stored also when it is on record: the record may be about to be deleted, and storing again is harmless.
            stored = await blobs.Put(principal.Tenant.Value, bytes, http.RequestAborted);
        }
        catch (StorageFullException)
        {
            await http.Answer(Full);
            return;
        }
        var known = await grains.Input(new(principal.Tenant, input)).Get(http.RequestAborted) is { DeletedAt: null };
        var outcome = await grains.Input(new(principal.Tenant, input)).Receive(new ReceiveInput(principal, stored.Sha256), CancellationToken.None);
        if (outcome.Refusal is { } no)
        {
            await http.Answer(no.Reason == Refused.InvalidValue ? new ErrorAnswer(422, "invalid_image", no.Sentence) { MayRetry = false } : ErrorAnswer.Of(no));
            return;
        }
        http.Response.Headers.Location = $"/v1/inputs/{input}";
        await http.Answer(known ? 200 : 201, InputBody.Of(outcome.Value!), WireJson.Default.InputBody);
    }

    private static async Task Get(string id, HttpContext http, IGrainFactory grains)
    {
        if (await Find(id, http, grains) is not { } input) await http.Answer(ErrorAnswer.NotFound);
        else await http.Answer(200, InputBody.Of(input), WireJson.Default.InputBody);
    }

    private static async Task Content(string id, HttpContext http, IGrainFactory grains, IBlobStore blobs)
    {
        if (await Find(id, http, grains) is not { } input)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        await using var bytes = input.DeletedAt is null ? await blobs.Open(new(http.Principal().Tenant.Value, input.Sha256), http.RequestAborted) : null;
        if (bytes is null)
        {
            // It was deleted, perhaps since the record was read; otherwise its bytes are lost.
            if (await Find(id, http, grains) is not { DeletedAt: not null }) throw new InvalidDataException($"The store has no bytes for {input.Id}.");
            await http.Answer(Deleted);
            return;
        }
        // Asked again each time, since it may be deleted.
        await PictureFile.Send(http, bytes, input.Id, input.MediaType, input.Sha256, "private, no-cache");
    }

    private static async Task Delete(string id, HttpContext http, IGrainFactory grains)
    {
        var principal = http.Principal();
        if (!InputId.TryParse(id, out var input) || await grains.Input(new(principal.Tenant, input)).Delete(principal.Key.Value, http.RequestAborted) is not { } deleted) await http.Answer(ErrorAnswer.NotFound);
        else await http.Answer(200, InputBody.Of(deleted), WireJson.Default.InputBody);
    }

    private static async Task<InputView?> Find(string id, HttpContext http, IGrainFactory grains) =>
        InputId.TryParse(id, out var input) ? await grains.Input(new(http.Principal().Tenant, input)).Get(http.RequestAborted) : null;
}

/// <summary>One picture that was brought.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Width">In pixels, upright.</param>
/// <param name="DeletedAt">Absent for one that is there.</param>
internal sealed record InputBody(
    string Id, string Sha256, string MediaType, long Length, int Width, int Height, string? User, DateTimeOffset ReceivedAt, InputCredentialBody Credential, DateTimeOffset? DeletedAt)
{
    public static InputBody Of(InputView input) => new(
        input.Id, input.Sha256, input.MediaType, input.Length, input.Width, input.Height, input.User, input.ReceivedAt, InputCredentialBody.Of(input), input.DeletedAt);
}

/// <summary>What its Content Credentials came to when it was taken in. A tampered picture is taken in too, and everything that is made from it says so.</summary>
/// <param name="State"><c>none</c>, <c>valid</c> (whole, but by a signer whom we do not know) or <c>trusted</c>; of credentials that do not hold <c>tampered</c>, <c>unreadable</c>, <c>invalid</c> (they break a rule of C2PA), <c>unsupported</c>, <c>revoked</c> or <c>expired</c>.</param>
/// <param name="Manifest">The URN of the active manifest, where there is one that could be read.</param>
/// <param name="Findings">What speaks against the file, by the status codes of C2PA.</param>
internal sealed record InputCredentialBody(string State, string? Manifest, IReadOnlyList<string> Findings)
{
    public static InputCredentialBody Of(InputView input) => new(input.Credential switch
    {
        InputCredential.None => "none",
        InputCredential.Tampered => "tampered",
        InputCredential.Valid => "valid",
        InputCredential.Trusted => "trusted",
        InputCredential.Unreadable => "unreadable",
        InputCredential.Invalid => "invalid",
        InputCredential.Unsupported => "unsupported",
        InputCredential.Revoked => "revoked",
        InputCredential.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(input), input.Credential, "A state without a word."),
    }, input.Manifest, input.Findings);
}
