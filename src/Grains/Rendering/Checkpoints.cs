using System.Diagnostics;
using System.Globalization;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Jobs;
using Vitrine.Inference;
using Vitrine.Media;

namespace Vitrine.Grains.Rendering;

/// <summary>
/// Where the pictures of a job stand, in the blob store, so that any device can go on with them. Every attempt walks the same path to the same pixels, so it
/// does not matter whose checkpoint it is; one that is lost, torn or of another kind of device costs time and nothing else.
/// </summary>
public sealed class Checkpoints(IBlobStore blobs, CheckpointInterval interval)
{
    /// <summary>
    /// A job that lost its device may wait for long, and shall not begin anew because of it: its checkpoints go when it ends. Those whose job ended without a device, which nobody removes, go by themselves after so long.
    /// </summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const string Mark = "_at_";

    public CheckpointInterval Interval => interval;

    private static int Places(JobView job) => job.Clip is null ? job.Images : job.Images * JobClips.Denoised(job);

    /// <summary>Whether transient bytes of this name are a checkpoint.</summary>
    public static bool IsCheckpoint(string name) => name.StartsWith("job_", StringComparison.Ordinal) && name.Contains(Mark, StringComparison.Ordinal);

    public async Task<StepCheckpoint?> Read(JobKey job, int place, CancellationToken cancellation)
    {
        try
        {
            await using var content = await blobs.OpenTransient(job.Tenant.Value, Name(job, place), cancellation);
            return content is null || content.Length > StepCheckpoint.MostBytes ? null : StepCheckpoint.Read(await content.ReadAll(cancellation));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async Task Write(JobKey job, int place, StepCheckpoint checkpoint)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await blobs.PutTransient(job.Tenant.Value, Name(job, place), checkpoint.ToBytes(), CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or StorageFullException)
        {
            // The picture goes on without.
        }
        interval.Wrote(Stopwatch.GetElapsedTime(started));
    }

    /// <summary>How many attempts of a job ended because their silo stopped as it should; none where that was lost.</summary>
    public async Task<int> Pauses(JobKey job, CancellationToken cancellation)
    {
        try
        {
            await using var content = await blobs.OpenTransient(job.Tenant.Value, PausesOf(job), cancellation);
            return content is { Length: 1 } ? (await content.ReadAll(cancellation))[0] : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>An attempt ends because its silo stops.</summary>
    public async Task CountPause(JobKey job)
    {
        try
        {
            await blobs.PutTransient(job.Tenant.Value, PausesOf(job), new[] { (byte)Math.Min(byte.MaxValue, 1 + await Pauses(job, CancellationToken.None)) }, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or StorageFullException)
        {
            // Then the attempt counts as one that ended without a word, and at worst the job runs apart.
        }
    }

    /// <summary>The job is over for good.</summary>
    public async Task Remove(JobKey job, JobView view)
    {
        foreach (var name in Enumerable.Range(0, Places(view)).Select(place => Name(job, place)).Append(PausesOf(job)))
            try
            {
                await blobs.DeleteTransient(job.Tenant.Value, name, CancellationToken.None);
            }
            catch (IOException)
            {
                // The sweep of what nobody removed takes it away.
            }
    }

    private static string PausesOf(JobKey job) => $"{job.Job}{Mark}pauses";

    /// <param name="place">The number of a picture; of a clip, its keyframes follow one another.</param>
    private static string Name(JobKey job, int place) => string.Create(CultureInfo.InvariantCulture, $"{job.Job}{Mark}{place}");
}
