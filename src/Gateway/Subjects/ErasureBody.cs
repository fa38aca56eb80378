using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>What was erased of a person. The counts are those of the end, so they are 0 while it is under way.</summary>
/// <param name="User">Who was erased; absent for others than users.</param>
/// <param name="EndUser">The name of the request; absent for others than end users.</param>
/// <param name="Key">The API key; absent for people.</param>
/// <param name="State"><c>erasing</c> or <c>erased</c>.</param>
/// <param name="Jobs">Jobs of theirs, whose texts nobody can read any more.</param>
/// <param name="JobsCanceled">Those among them that were open and were ended.</param>
/// <param name="Assets">Pictures that were made for them and deleted.</param>
/// <param name="Inputs">Pictures that they had brought and that were deleted.</param>
/// <param name="PlainRecords">Records of the time before texts were sealed, whose texts were overwritten.</param>
/// <param name="Event">The record of it; absent while it is under way.</param>
internal sealed record ErasureBody(
    string? User, string? EndUser, string? Key, string State, DateTimeOffset BegunAt, DateTimeOffset? ErasedAt, int Jobs, int JobsCanceled, int Assets, int Inputs, int PlainRecords, ErasureEventBody? Event)
{
    /// <param name="endUser">As the caller named them, since the record does not know the name.</param>
    public static ErasureBody Of(ErasureView erasure, string? endUser)
    {
        var subject = new SubjectId(erasure.Subject);
        return new(
            subject.User?.Value, endUser, subject.Key?.Value, erasure.ErasedAt is null ? "erasing" : "erased", erasure.BegunAt, erasure.ErasedAt, erasure.Jobs, erasure.JobsCanceled, erasure.Assets,
            erasure.Inputs, erasure.PlainRecords,
            erasure.ErasedAt is null ? null : new(subject.Stream, erasure.EventVersion, subject.User is null ? "subject.erased" : "user.erased", erasure.LedgerIndex));
    }
}

/// <param name="Index">In the tenant's log: <c>/v1/ledger/proofs/inclusion?index=…</c> proves it; absent for the second that the log lags.</param>
internal sealed record ErasureEventBody(string Stream, long Version, string Type, long? Index);

/// <summary>How all endpoints that erase somebody do it.</summary>
internal static class Erasing
{
    /// <summary>Erases the subject as far as one call goes, and answers with how far that is, or 404 when nothing is known of it.</summary>
    public static async Task Run(HttpContext http, IGrainFactory grains, SubjectKey subject, string? endUser = null)
    {
        if (await grains.Erasure(subject).Erase(http.Principal().Key.Value, http.RequestAborted) is { } erasure)
            await http.Answer(erasure.ErasedAt is null ? 202 : 200, ErasureBody.Of(erasure, endUser), WireJson.Default.ErasureBody);
        else await http.Answer(ErrorAnswer.NotFound);
    }

    public static RouteHandlerBuilder ErasesSomebody(this RouteHandlerBuilder endpoint) => endpoint.Needs(Scopes.Admin).Produces<ErasureBody>().Produces<ErasureBody>(202);
}
