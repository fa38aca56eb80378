using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Jobs;

/// <summary>
/// The fold of a job's events: the same function makes the grain's state and the stored view. It reads nothing but the event and the state, and a
/// repeated event changes nothing but the count.
/// </summary>
public static class Job
{
    public static JobView? Apply(JobView? job, string id, object happened) => (job, happened) switch
    {
        (null, PromptSubmitted e) => new JobView
        {
            Id = id, Project = e.Project, User = e.User, Session = e.Session, Key = e.Key, Dialect = e.Dialect, RequestDigest = e.RequestDigest,
            Prompt = e.Prompt, NegativePrompt = e.NegativePrompt, Images = e.Images, Metadata = e.Metadata, EndUser = e.EndUser, EndPrompt = e.EndPrompt, Personal = e.Personal, SubmittedAt = e.At, Revision = 1,
        },
        (null, _) => null,
        (not null, _) => Change(job, happened) with { Revision = job.Revision + 1 },
    };

    public static JobView? Fold(JobView? job, string id, IEnumerable<object> happened) => happened.Aggregate(job, (state, e) => Apply(state, id, e));

    private static JobView Change(JobView job, object happened) => happened switch
    {
        PromptScreened e => job with { PolicyDigest = e.PolicyDigest },
        CreditsReserved e => job with { Period = e.Period, ReservedMicro = e.Micro },
        JobAccepted e => job with
        {
            Model = e.Model, ModelVersion = e.ModelVersion, ModelDigest = e.ModelDigest, Width = e.Width, Height = e.Height, Seed = e.Seed, Steps = e.Steps,
            Guidance = e.Guidance, Format = e.Format, Quality = e.Quality, Speed = e.Speed, Previews = e.Previews, Start = e.Start, Audience = e.Audience, Clip = e.Clip,
        },
        _ when !job.IsOpen => job,
        JobRefused e => job with { State = JobState.Failed, Refusal = e.Refusal, SettledMicro = 0, FinishedAt = e.At },
        RenderingStarted e when e.Attempt > job.Attempt => job with { State = JobState.Running, Attempt = e.Attempt, Device = e.Device, StartedAt = job.StartedAt ?? e.At },
        RenderingFailed e when e.Attempt == job.Attempt && job.State == JobState.Running => job with { State = JobState.Queued, Failures = job.Failures + 1, FailedAttempt = e.Attempt },
        JobCompleted e => job with { State = JobState.Succeeded, Assets = e.Assets, SettledMicro = e.SettledMicro, FinishedAt = e.At },
        JobFailed e => job with { State = JobState.Failed, Failure = e.Failure, SettledMicro = 0, FinishedAt = e.At },
        JobCanceled e => job with { State = JobState.Canceled, SettledMicro = 0, FinishedAt = e.At },
        _ => job,
    };
}
