using System.Globalization;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;
using RenderProgress = Vitrine.Inference.RenderProgress;

namespace Vitrine.Grains.Rendering;

/// <summary>Carries the engine's progress to the job: every preview, and of the steps between at most one in <see cref="Every"/>.</summary>
public sealed class PreviewStream(RenderOrder order, OutputGate gate, IBlobStore blobs, IGrainFactory grains)
{
    /// <summary>Nobody watches a bar more closely than this; a tiny model does hundreds of steps in it.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    /// <summary>Previews of that age are gone by themselves.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly IJobGrain _job = grains.Job(order.Job);
    private readonly int[] _previews = new int[order.View.Images];
    private long _last;

    /// <summary>Called on a pool thread, in order for each picture.</summary>
    public void Tell(int image, RenderProgress progress)
    {
        if (progress.Preview is null && !DueNow()) return;
        int? index = null;
        string? name = null;
        // A preview that the policy forbids is not shown; whether the picture may leave is decided when it is finished.
        if (progress.Preview is { } preview && gate.Judge(preview).Screening.Allowed)
        {
            index = _previews[image]++;
            name = Name(image, index.Value);
            var encoded = ImageEncoder.Encode(preview.Pixels, preview.Width, preview.Height, (ImageFormat)(int)order.View.Format, order.View.Quality);
#pragma warning disable RS0030 // The engine calls back on a pool thread of its own and waits for nobody else; previews of a picture must stay in order.
            blobs.PutTransient(order.Job.Tenant.Value, name, encoded, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore RS0030
        }
        _job.Report(order.Attempt, new Interfaces.RenderProgress(image, progress.Step, progress.Steps, name, index)).Ignore();
    }

    /// <summary>Takes back what was told of a job whose pictures must not leave. Call when no more is told.</summary>
    public async Task Withdraw()
    {
        for (var image = 0; image < _previews.Length; image++)
            for (var index = 0; index < _previews[image]; index++)
                await blobs.DeleteTransient(order.Job.Tenant.Value, Name(image, index), CancellationToken.None);
    }

    /// <summary>Removes the previews of all attempts of a job that is over.</summary>
    public static async Task Remove(IBlobStore blobs, JobKey key, JobView job)
    {
        for (var attempt = 1; attempt <= job.Attempt; attempt++)
            for (var image = 0; image < job.Images; image++)
                for (var index = 0; index < job.Previews; index++)
                    await blobs.DeleteTransient(key.Tenant.Value, Name(key.Job, attempt, image, index), CancellationToken.None);
    }

    private string Name(int image, int index) => Name(order.Job.Job, order.Attempt, image, index);
    private static string Name(JobId job, int attempt, int image, int index) => string.Create(CultureInfo.InvariantCulture, $"{job}_{attempt}_{image}_{index}");

    private bool DueNow()
    {
        var last = Interlocked.Read(ref _last);
        var now = System.Diagnostics.Stopwatch.GetTimestamp();
        return (last == 0 || System.Diagnostics.Stopwatch.GetElapsedTime(last, now) >= Every) && Interlocked.CompareExchange(ref _last, now, last) == last;
    }
}
