using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Media;

namespace Vitrine.Grains.Tests;

public sealed class CheckpointPausesTests : IDisposable
{
    private static readonly JobKey Job = new(new TenantId("brand"), JobId.New());
    private readonly string _folder = Directory.CreateTempSubdirectory("vitrine-pauses-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Pauses_are_counted_for_each_job_and_forgotten_when_it_ends()
    {
        var checkpoints = new Checkpoints(new FileBlobStore(_folder, TimeProvider.System), new CheckpointInterval(null));
        Assert.Equal(0, await checkpoints.Pauses(Job, CancellationToken.None));
        await checkpoints.CountPause(Job);
        await checkpoints.CountPause(Job);

        Assert.Equal(2, await checkpoints.Pauses(Job, CancellationToken.None));
        Assert.Equal(0, await checkpoints.Pauses(Job with { Job = JobId.New() }, CancellationToken.None));
        await checkpoints.Remove(Job, new JobView { Id = Job.Job.Value, Project = "spring", Key = "k", Dialect = "native", RequestDigest = "", Prompt = "x", Images = 1, SubmittedAt = DateTimeOffset.UnixEpoch });
        Assert.Equal(0, await checkpoints.Pauses(Job, CancellationToken.None));
    }
}
