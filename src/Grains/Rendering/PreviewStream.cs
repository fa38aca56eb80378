using System.Globalization;
using Vitrine.Grains.Interfaces;
using Vitrine.Inference;
using Vitrine.Media;
using RenderProgress = Vitrine.Inference.RenderProgress;

namespace Vitrine.Grains.Rendering;

/// <summary>Carries the engine's progress to the job: every preview, and of the steps between at most one in <see cref="Every"/>.</summary>
public sealed class PreviewStream(RenderOrder order, IBlobStore blobs, IGrainFactory grains)
{
    /// <summary>Nobody watches a bar more closely than this; a tiny model does hundreds of steps in it.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    private readonly IJobGrain _job = grains.Job(order.Job);
    private readonly int[] _previews = new int[order.View.Images];
    private long _last;

    /// <summary>Called on a pool thread, in order for each picture.</summary>
    public void Tell(int image, RenderProgress progress)
    {
        if (progress.Preview is null && !DueNow()) return;
        var index = progress.Preview is null ? (int?)null : _previews[image]++;
        string? name = null;
        if (progress.Preview is { } preview)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{order.Job.Job}_{order.Attempt}_{image}_{index}");
            var encoded = ImageEncoder.Encode(preview.Pixels, preview.Width, preview.Height, (ImageFormat)(int)order.View.Format, order.View.Quality);
#pragma warning disable RS0030 // The engine calls back on a pool thread of its own and waits for nobody else; previews of a picture must stay in order.
            blobs.PutTransient(order.Job.Tenant.Value, name, encoded, CancellationToken.None).GetAwaiter().GetResult();
#pragma warning restore RS0030
        }
        _job.Report(order.Attempt, new Interfaces.RenderProgress(image, progress.Step, progress.Steps, name, index)).Ignore();
    }

    private bool DueNow()
    {
        var last = Interlocked.Read(ref _last);
        var now = System.Diagnostics.Stopwatch.GetTimestamp();
        return (last == 0 || System.Diagnostics.Stopwatch.GetElapsedTime(last, now) >= Every) && Interlocked.CompareExchange(ref _last, now, last) == last;
    }
}
