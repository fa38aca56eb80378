using System.Security.Cryptography;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>
/// <c>POST /v1/images/generations</c>. The call waits for its job; a caller that goes away does not end the job, and one that asks again (an SDK's
/// own retry, or the same <c>Idempotency-Key</c>) gets the answer of that job.
/// </summary>
public static class OpenAiImagesApi
{
    public static IEndpointRouteBuilder MapOpenAiImagesApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/images/generations", Generate)
            .Needs(Scopes.Generate).WithName("CreateImage").WithSummary("Make pictures, as OpenAI's Images API does.")
            .Accepts<OpenAiImageBody>("application/json").Produces<OpenAiImagesBody>(200, "application/json", OpenAiEvents.ContentType).RefusesAsOpenAi(400, 404, 409, 410, 413, 415, 422, 429, 500);
        return routes;
    }

    private static async Task Generate(HttpContext http, Submissions submissions, OpenAiAnswer answer, IGrainFactory grains)
    {
        var cancellation = http.RequestAborted;
        using var body = await StrictJson.Read(http, cancellation);
        if (body.Error is { } unreadable)
        {
            await Dialect.OpenAi.Write(http, unreadable);
            return;
        }

        var (request, invalid) = OpenAiImageRequest.Parse(body.Root);
        if (request is null)
        {
            await Dialect.OpenAi.Write(http, invalid!);
            return;
        }

        if (http.Principal().Project is not { } project)
        {
            await Dialect.OpenAi.Write(http, ErrorAnswer.InsufficientScope);
            return;
        }

        var user = http.Principal().User is null ? await Registered(http, request.EndUser, grains) : null;
        var (key, outcome) = await submissions.Submit(
            http, body.Bytes, (principal, digest) => request.ToJob(principal, project, digest, RandomNumberGenerator.GetInt32(int.MaxValue), user), cancellation);
        RateHeaders.Set(http.Response, outcome.Rate);
        if (outcome.Replayed) http.Response.Headers["Idempotency-Replayed"] = "true";
        JobHeader.Set(http.Response, key, outcome);
        if (outcome.Job is not { } job) await Dialect.OpenAi.Write(http, OpenAiErrors.Of(outcome.Refusal!));
        else if (request.Stream) await answer.Stream(http, request, key, job, cancellation);
        else await answer.Whole(http, request, key, job, cancellation);
    }

    /// <summary>The user of the tenant whose name is what the caller calls its own end user; null where there is none. One who was erased is there, and the job refuses them.</summary>
    private static async Task<UserId?> Registered(HttpContext http, string? endUser, IGrainFactory grains) =>
        UserId.TryParse(endUser, out var user) && await grains.User(new(http.Principal().Tenant, user)).Get(http.RequestAborted) is not null ? user : null;
}
