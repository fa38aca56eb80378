using System.Security.Cryptography;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Jobs of the native dialect: submit, look, list, cancel. Following one is in <see cref="JobEventsApi"/>.</summary>
internal static class JobsApi
{
    private const int MaxPage = 100;
    private const int MaxCursor = 512;

    public static void MapJobsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/jobs", Submit).Needs(Scopes.Generate).WithName("SubmitJob").WithSummary("Ask for pictures or clips; the answer comes as soon as the job is recorded.")
            .Accepts<JobRequest>("application/json").Produces<JobReceipt>(202).Refuses(400, 404, 410, 413, 415, 422, 429);
        routes.MapGet("/v1/jobs", List).Needs(Scopes.Read).WithName("ListJobs").WithSummary("Jobs of the tenant, newest first.")
            .Produces<Page<JobBody>>().Refuses(422);
        routes.MapGet("/v1/jobs/{id}", Get).Needs(Scopes.Read).WithName("GetJob").WithSummary("One job with its pictures.")
            .Produces<JobBody>().Refuses(404);
        routes.MapDelete("/v1/jobs/{id}", Cancel).Needs(Scopes.Generate).WithName("CancelJob").WithSummary("End a job; a device that works on it stops within one denoising step. A key that is bound to a project ends jobs of that project only.")
            .Produces<JobBody>().Refuses(404, 409);
    }

    private static async Task Submit(HttpContext http, JobSubmission submission)
    {
        using var body = await StrictJson.Read(http, http.RequestAborted);
        var (fields, error) = body.Error is null ? JobFields.Read(body.Root) : (null, body.Error);
        if (error is not null) await http.Answer(error);
        else await submission.Submit(http, body.Bytes, fields!.Project, (principal, project, digest) => Command(fields, principal, project, digest));
    }

    private static async Task Get(string id, HttpContext http, IGrainFactory grains, AssetUrls urls, TimeProvider time)
    {
        if (!TryKey(http, id, out var key) || await grains.Job(key).Get() is not { } job)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        await http.Answer(200, JobBody.Of(key.Tenant, job, await QueuePlaces.Of(grains, key, job), urls, time.GetUtcNow()), WireJson.Default.JobBody);
    }

    private static async Task List(
        HttpContext http, IGrainFactory grains, AssetUrls urls, TimeProvider time,
        string? limit = null, string? after = null, string? project = null, string? user = null, string? session = null, string? state = null)
    {
        var query = new QueryFields(http.Request.Query);
        var word = query.Text(nameof(state), 16);
        var wanted = word is null ? null : JobStates.Parse(word);
        if (word is not null && wanted is null) query.Invalid(nameof(state), "state is one of queued, running, held, succeeded, failed, canceled.");
        var jobs = new JobQuery(query.Name(nameof(project)), query.Name(nameof(user)), query.Name(nameof(session)), wanted?.State, query.Text(nameof(after), MaxCursor), query.Limit(MaxPage));
        if (query.Error() is { } error)
        {
            await http.Answer(error);
            return;
        }

        var tenant = http.Principal().Tenant;
        var page = await grains.Jobs(tenant).List(jobs);
        if (page.Jobs is null)
        {
            query.Invalid(nameof(after), "after is the 'next' of a page before, unchanged.");
            await http.Answer(query.Error()!);
            return;
        }
        // Whether a job is held is known to the queue alone, so a page filtered by it may be shorter than its limit.
        var places = await Task.WhenAll(page.Jobs.Select(job => QueuePlaces.Of(grains, new(tenant, new(job.Id)), job)));
        var rows = page.Jobs.Zip(places).Where(row => wanted?.Held is not { } held || (row.Second is { Held: true }) == held);
        var now = time.GetUtcNow();
        await http.Answer(200, new Page<JobBody>([.. rows.Select(row => JobBody.Of(tenant, row.First, row.Second, urls, now))], page.Next), WireJson.Default.PageJobBody);
    }

    private static async Task Cancel(string id, HttpContext http, IGrainFactory grains, AssetUrls urls, TimeProvider time)
    {
        if (!TryKey(http, id, out var key) || !await IsOfProject(http.Principal().Project, key, grains) || await grains.Job(key).Cancel(http.Principal().Key.Value, http.RequestAborted) is not { } outcome)
        {
            await http.Answer(ErrorAnswer.NotFound);
            return;
        }
        if (outcome.Refusal is { } refusal) await http.Answer(ErrorAnswer.Of(refusal));
        else await http.Answer(200, JobBody.Of(key.Tenant, outcome.Value!, null, urls, time.GetUtcNow()), WireJson.Default.JobBody);
    }

    /// <summary>Reading is for the whole tenant; but a key that is bound to a project works in that project only, and is not told whether another one has the job.</summary>
    private static async Task<bool> IsOfProject(ProjectId? bound, JobKey key, IGrainFactory grains) =>
        bound is not { } project || await grains.Job(key).Get() is { } job && job.Project == project.Value;

    /// <summary>The caller's job of this id; false when the text is no job id. Whether the job exists is for its grain to say.</summary>
    internal static bool TryKey(HttpContext http, string id, out JobKey key)
    {
        key = default;
        if (!JobId.TryParse(id, out var job)) return false;
        http.Concerns(job);
        key = new(http.Principal().Tenant, job);
        return true;
    }

    // A key that is bound to a project is not told whether another one exists.
    private static SubmitJob Command(JobFields fields, Principal principal, ProjectId project, string digest) => new(
        principal, project, principal.User, fields.Session, digest, Dialect.Native.Name, fields.Prompt, fields.NegativePrompt, fields.Model, fields.Images,
        fields.Size?.Width, fields.Size?.Height, fields.Seed, fields.Steps, fields.Guidance, fields.Format, fields.Quality, fields.Speed, fields.Previews, fields.Metadata,
        RandomSeed: RandomNumberGenerator.GetInt32(int.MaxValue), Start: fields.Start, Audience: fields.Audience, Clip: fields.Clip);
}
