using System.Text.Json;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;

namespace Vitrine.Grains.Tests;

public sealed class JobFoldTests
{
    public static readonly TheoryData<string, object> EveryEvent = new()
    {
        { "submitted", JobHistory.Accepted[0] }, { "screened", JobHistory.Accepted[1] }, { "reserved", JobHistory.Accepted[2] }, { "accepted", JobHistory.Accepted[3] },
        { "started", JobHistory.Started }, { "rendering failed", JobHistory.Failed }, { "completed", JobHistory.Completed }, { "failed", JobHistory.Lost },
        { "canceled", JobHistory.Canceled }, { "refused", JobHistory.Refused },
    };

    [Fact]
    public void Acceptance_holds_every_parameter_that_decides_a_pixel()
    {
        var job = JobHistory.AJobThatWaits;

        Assert.Equal(
            (JobState.Queued, "launch", "ada", "thread", "key", "native", "digest", "a red fox", "blurry"),
            (job.State, job.Project, job.User, job.Session, job.Key, job.Dialect, job.RequestDigest, job.Prompt, job.NegativePrompt));
        Assert.Equal(
            ("sticker", "0.1.0", "sha256:model", 2, 64, 64, 7L, 16, 4f, PictureFormat.Webp, 90, Speed.Turbo, 2),
            (job.Model, job.ModelVersion, job.ModelDigest, job.Images, job.Width, job.Height, job.Seed, job.Steps, job.Guidance, job.Format, job.Quality, job.Speed, job.Previews));
        Assert.Equal(("2026-03", 1000L, (long?)null, "sha256:policy", 4L), (job.Period, job.ReservedMicro, job.SettledMicro, job.PolicyDigest, job.Revision));
        Assert.Equal("7", job.Metadata!["order"]);
    }

    [Fact]
    public void A_started_job_knows_its_device_and_keeps_the_time_of_its_first_start()
    {
        var job = JobHistory.Fold([.. JobHistory.Accepted, JobHistory.Started, JobHistory.Failed, new RenderingStarted(2, "silo-b:cuda0", JobHistory.Noon.AddMinutes(1))]);

        Assert.Equal((JobState.Running, 2, "silo-b:cuda0", JobHistory.Started.At, 1), (job.State, job.Attempt, job.Device, job.StartedAt, job.Failures));
    }

    [Fact]
    public void A_failed_attempt_puts_the_job_back_in_the_queue()
    {
        var job = JobHistory.Fold([.. JobHistory.Accepted, JobHistory.Started, JobHistory.Failed]);

        Assert.Equal((JobState.Queued, 1, 1, (long?)null), (job.State, job.Attempt, job.Failures, job.SettledMicro));
    }

    [Fact]
    public void The_failure_of_an_older_attempt_changes_nothing()
    {
        var second = JobHistory.Fold([.. JobHistory.Accepted, JobHistory.Started, JobHistory.Failed, JobHistory.Started with { Attempt = 2 }]);

        Assert.Equal(Json(second with { Revision = second.Revision + 1 }), Json(Job.Apply(second, JobHistory.Id, JobHistory.Failed)!));
    }

    [Fact]
    public void A_completed_job_has_its_pictures_and_has_spent_its_credits()
    {
        var job = JobHistory.AJobThatIsDone;

        Assert.Equal((JobState.Succeeded, 2, 1000L, JobHistory.Completed.At), (job.State, job.Assets.Count, job.SettledMicro, job.FinishedAt));
    }

    [Fact]
    public void Failed_canceled_and_refused_jobs_cost_nothing()
    {
        foreach (var (ending, state) in new (object, JobState)[] { (JobHistory.Lost, JobState.Failed), (JobHistory.Canceled, JobState.Canceled), (JobHistory.Refused, JobState.Failed) })
        {
            var job = JobHistory.Fold([.. JobHistory.Accepted, JobHistory.Started, ending]);
            Assert.Equal((state, 0L), (job.State, job.SettledMicro));
        }
    }

    [Fact]
    public void The_first_terminal_event_wins()
    {
        object[] endings = [JobHistory.Completed, JobHistory.Lost, JobHistory.Canceled, JobHistory.Refused];
        foreach (var first in endings)
            foreach (var second in endings.Append(JobHistory.Started with { Attempt = 9 }).Append(JobHistory.Failed))
            {
                var ended = JobHistory.Fold([.. JobHistory.Accepted, JobHistory.Started, first]);
                Assert.Equal(Json(ended with { Revision = ended.Revision + 1 }), Json(Job.Apply(ended, JobHistory.Id, second)!));
            }
    }

    [Theory, MemberData(nameof(EveryEvent))]
    public void A_repeated_event_changes_nothing_but_the_revision(string name, object repeated)
    {
        object[] history = repeated switch
        {
            JobCompleted or JobFailed or JobCanceled => [.. JobHistory.Accepted, JobHistory.Started, repeated],
            JobRefused => [JobHistory.Accepted[0], JobHistory.Accepted[1], repeated],
            _ => [.. JobHistory.Accepted, JobHistory.Started, JobHistory.Failed],
        };
        for (var at = Array.IndexOf(history, repeated) + 1; at <= history.Length; at++)
        {
            var once = JobHistory.Fold(history);
            var twice = JobHistory.Fold([.. history[..at], repeated, .. history[at..]]);
            Assert.True(Json(once with { Revision = once.Revision + 1 }) == Json(twice), $"'{name}' repeated after {at} events of {history.Length}");
        }
    }

    [Theory, MemberData(nameof(EveryEvent))]
    public void Nothing_makes_a_job_but_a_prompt(string name, object first) =>
        Assert.Equal(name == "submitted", Job.Apply(null, JobHistory.Id, first) is not null);

    private static string Json(JobView job) => JsonSerializer.Serialize(job);
}
