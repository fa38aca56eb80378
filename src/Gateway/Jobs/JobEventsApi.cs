using System.Globalization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>A job as a stream of server-sent events, which can be resumed and ends with the job.</summary>
internal static class JobEventsApi
{
    public static void MapJobEventsApi(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/jobs/{id}/events", Follow).Needs(Scopes.Read).WithName("FollowJob")
            .WithSummary("Server-sent events: queued, started, progress, output, then succeeded, failed or canceled. Last-Event-ID resumes.")
            .Produces(200, contentType: "text/event-stream").Produces(204).Refuses(400, 404);

    private static readonly ErrorAnswer NotOfThisJob = ErrorAnswer.InvalidHeader("Last-Event-ID", "Last-Event-ID is the id of an event of this job, unchanged.");

    private static async Task Follow(
        string id, HttpContext http, JobFollower follower, IGrainFactory grains, AssetContent content, AssetUrls urls, StandingAccess access, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        if (!TryResumption(http.Request, out var after))
        {
            await http.Answer(NotOfThisJob);
            return;
        }
        if (!JobsApi.TryKey(http, id, out var key) || await grains.Job(key).Get() is not { } job)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        if (IsAhead(job, after))
        {
            await http.Answer(NotOfThisJob);
            return;
        }

        // When the gateway goes down, streams end at once; readers resume at another gateway.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var events = new ServerSentEvents(http);
        try
        {
            await foreach (var update in ServerSentEvents.WithHeartbeats(follower.Watch(key, after, stop.Token), time, stop.Token))
            {
                // Whoever reads on with a key that was revoked meanwhile comes back and is told so.
                if (!await (update is null ? access.MayHold(http) : access.Holds(http, stop.Token)))
                {
                    if (!http.Response.HasStarted) await http.Answer(ErrorAnswer.InvalidApiKey);
                    return;
                }
                if (update is null) await events.Heartbeat(stop.Token);
                else await Write(update, stop.Token);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
        }
        // Nothing came after the event that the reader had: 204 tells an EventSource not to come back.
        if (!http.Response.HasStarted) http.Response.StatusCode = StatusCodes.Status204NoContent;

        async Task Write(JobUpdate update, CancellationToken ct)
        {
            var sequence = update.Sequence;
            switch (update)
            {
                case { Kind: JobUpdateKind.Queued }:
                    await events.Write("queued", sequence, new QueuedEvent(update.Place?.Position, update.Place?.Eta?.TotalSeconds, JobReceipt.RangeOf(update.Place), update.Place is { Held: true }), WireJson.Default.QueuedEvent, ct);
                    break;
                case { Kind: JobUpdateKind.Started }:
                    await events.Write("started", sequence, new StartedEvent(update.Job?.StartedAt), WireJson.Default.StartedEvent, ct);
                    break;
                case { Kind: JobUpdateKind.Progress, Progress: { } progress }:
                    var preview = progress.Preview is { } name ? await content.ReadPreview(key.Tenant, name, ct) : null;
                    await events.Write("progress", sequence, ProgressEvent.Of(progress, preview, PictureFormats.MediaType(job.Format)), WireJson.Default.ProgressEvent, ct);
                    break;
                case { Kind: JobUpdateKind.Output, Asset: { } asset }:
                    await events.Write("output", sequence, new OutputEvent(JobAssetBody.Of(key.Tenant, asset, job.IsErased ? null : urls, time.GetUtcNow())), WireJson.Default.OutputEvent, ct);
                    break;
                case { IsTerminal: true }:
                    var done = update.Job ?? await grains.Job(key).Get() ?? throw new InvalidOperationException($"{key.Job} ended and is not there.");
                    await events.Write(JobStates.Word(done.State, null), sequence, JobBody.Of(key.Tenant, done, null, urls, time.GetUtcNow()), WireJson.Default.JobBody, ct);
                    break;
            }
        }
    }

    /// <summary>No event of the job can have this number yet: a reader who waited for a later one would miss the end. While it is open, passing updates are numbered beyond the last event.</summary>
    private static bool IsAhead(JobView job, long after) => after > (job.IsOpen ? (job.Revision + 1) * JobUpdate.PerEvent - 1 : job.Revision * JobUpdate.PerEvent);

    private static bool TryResumption(HttpRequest request, out long after)
    {
        after = 0;
        return !request.Headers.TryGetValue("Last-Event-ID", out var values) ||
               (values is [{ } text] && (text.Length == 0 || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after)));
    }
}

internal sealed record QueuedEvent(int? Position, double? EtaSeconds, IReadOnlyList<double>? EtaRangeSeconds, bool Held);

internal sealed record StartedEvent(DateTimeOffset? StartedAt);

/// <summary>Denoising steps done of one picture, and a decoded partial picture (base64) where one was asked for and is still there.</summary>
internal sealed record ProgressEvent(int Image, int Step, int Steps, byte[]? Preview, string? MediaType, int? PreviewIndex)
{
    public static ProgressEvent Of(RenderProgress progress, byte[]? preview, string mediaType) => preview is null
        ? new(progress.Image, progress.Step, progress.Steps, null, null, null)
        : new(progress.Image, progress.Step, progress.Steps, preview, mediaType, progress.PreviewIndex);
}

internal sealed record OutputEvent(JobAssetBody Asset);
