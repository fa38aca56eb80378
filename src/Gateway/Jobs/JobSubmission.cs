using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Submits a job of the native dialect and answers: 202 with where it stands, or why not.</summary>
internal sealed class JobSubmission(Submissions submissions, IGrainFactory grains)
{
    /// <param name="body">As it came; with the path it is what an idempotency key stands for.</param>
    /// <param name="project">As it was asked for; null for the API key's.</param>
    public async Task Submit(HttpContext http, ReadOnlyMemory<byte> body, string? project, Func<Principal, ProjectId, string, SubmitJob> command)
    {
        var (paying, error) = ProjectOf(http.Principal(), project);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var (job, outcome) = await submissions.Submit(http, body, (principal, digest) => command(principal, paying, digest), http.RequestAborted);
        RateHeaders.Set(http.Response, outcome.Rate);
        if (outcome.Replayed) http.Response.Headers["Idempotency-Replayed"] = "true";
        JobHeader.Set(http.Response, job, outcome);
        if (JobHeader.IsRecorded(outcome)) http.Response.Headers.Location = $"/v1/jobs/{job.Job}";
        if (outcome.Refusal is { } refusal)
        {
            await http.Answer(ErrorAnswer.Of(refusal));
            return;
        }
        var view = outcome.Job ?? throw new InvalidOperationException($"{job.Job} was neither accepted nor refused.");
        await http.Answer(202, JobReceipt.Of(view, outcome.Replayed ? await QueuePlaces.Of(grains, job, view) : outcome.Place), WireJson.Default.JobReceipt);
    }

    private static (ProjectId Project, ErrorAnswer? Error) ProjectOf(Principal principal, string? named) => (principal.Project, named) switch
    {
        ({ } bound, null) => (bound, null),
        ({ } bound, { } name) => bound.Value == name ? (bound, null) : (default, ErrorAnswer.NotFound),
        (null, { } name) => (new(name), null),
        _ => (default, ErrorAnswer.Invalid(new FieldError("/project", "missing_field", "The API key is bound to no project, so project is needed."))),
    };
}
