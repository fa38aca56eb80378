using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Names the job that an answer is about in <c>x-vitrine-job</c>, in both dialects: also a blocked prompt is one, which <c>GET /v1/jobs/{id}</c> tells.</summary>
internal static class JobHeader
{
    public const string Name = "x-vitrine-job";

    /// <summary>Sets nothing for a request of which nothing is recorded.</summary>
    public static void Set(HttpResponse response, JobKey job, SubmitOutcome outcome)
    {
        if (IsRecorded(outcome)) response.Headers[Name] = job.Job.Value;
    }

    public static bool IsRecorded(SubmitOutcome outcome) => outcome.Job is not null || outcome.Refusal is { Reason: Refused.ModerationBlocked };
}
