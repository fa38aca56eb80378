using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway.OpenAi;

/// <summary>Answers a request whose job exists: waits for its end and sends what came of it.</summary>
public sealed class OpenAiAnswer(JobFollower follower, AssetContent content, AssetUrls urls, StandingAccess access, TimeProvider time)
{
    /// <summary>One JSON body with all pictures, or the error that the job ended with.</summary>
    public async Task Whole(HttpContext http, OpenAiImageRequest request, JobKey key, JobView job, CancellationToken cancellation)
    {
        var done = job.IsOpen ? await follower.UntilDone(key, cancellation) : job;
        if (OpenAiErrors.Of(done) is { } error)
        {
            await Dialect.OpenAi.Write(http, error);
            return;
        }

        var now = time.GetUtcNow();
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        await OpenAiPictures.WriteResponse(
            http.Response.BodyWriter, request, done, asset => content.Read(key.Tenant, asset, cancellation), asset => urls.For(key.Tenant, asset, now), cancellation);
        await http.Response.BodyWriter.FlushAsync(cancellation);
    }

    /// <summary>
    /// Partial pictures as they come, then one completed event per picture. The status is 200 as soon as the job is accepted, so what goes wrong
    /// later is an event. A stream of a job that is already over has no partial pictures: they are not kept.
    /// </summary>
    public async Task Stream(HttpContext http, OpenAiImageRequest request, JobKey key, JobView job, CancellationToken cancellation)
    {
        http.Response.ContentType = OpenAiEvents.ContentType;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would otherwise collect events before it passes them on
        await http.Response.StartAsync(cancellation);
        var output = http.Response.BodyWriter;
        try
        {
            var done = job.IsOpen ? await Follow() : job;
            if (!await access.Holds(http, cancellation)) await OpenAiEvents.WriteError(output, ErrorAnswer.InvalidApiKey, cancellation);
            else if (OpenAiErrors.Of(done) is { } error) await OpenAiEvents.WriteError(output, error, cancellation);
            else
                foreach (var asset in done.Assets)
                {
                    var picture = await content.Read(key.Tenant, asset, cancellation);
                    await OpenAiEvents.Write(output, OpenAiEvents.Completed, data => OpenAiPictures.WriteCompleted(data, request, done, asset, picture, cancellation), cancellation);
                }
        }
        catch (Exception failure) when (Outage.AnswerTo(failure) is { } unavailable)
        {
            await OpenAiEvents.WriteError(output, unavailable, cancellation);
        }

        async Task<JobView> Follow()
        {
            // A job that is rendered again after a crash makes its previews again.
            var sent = new HashSet<(int Image, int Index)>();
            await foreach (var update in ServerSentEvents.WithHeartbeats(follower.Watch(key, after: 0, cancellation), time, cancellation))
            {
                if (update is null)
                {
                    await OpenAiEvents.WriteHeartbeat(output, cancellation);
                    continue;
                }

                if (update is { IsTerminal: true, Job: { } done }) return done;
                if (!await access.Holds(http, cancellation)) return update.Job ?? job;
                if (update.Progress is not { Preview: { } name, PreviewIndex: { } index } progress || sent.Contains((progress.Image, index))) continue;
                if (await content.ReadPreview(key.Tenant, name, cancellation) is not { } picture) continue;
                sent.Add((progress.Image, index));
                await OpenAiEvents.Write(output, OpenAiEvents.PartialImage, data => OpenAiPictures.WritePartial(data, request, job, picture, index, cancellation), cancellation);
            }

            return await follower.UntilDone(key, cancellation);
        }
    }
}
