namespace Vitrine.Grains.Interfaces;

[Alias("vitrine.JobUpdateKind")]
public enum JobUpdateKind { Queued = 0, Started = 1, Progress = 2, Output = 3, Succeeded = 4, Failed = 5, Canceled = 6 }

/// <summary>
/// Something that happened to a job. <see cref="Sequence"/> grows within the job, also across restarts: it is the number of durable events so far
/// times <see cref="PerEvent"/> plus a count of the passing ones since.
/// </summary>
[GenerateSerializer, Immutable, Alias("vitrine.JobUpdate")]
public sealed record JobUpdate(
    [property: Id(0)] long Sequence,
    [property: Id(1)] JobUpdateKind Kind,
    [property: Id(2)] JobView? Job = null,
    [property: Id(3)] QueuePlace? Place = null,
    [property: Id(4)] RenderProgress? Progress = null,
    [property: Id(5)] AssetView? Asset = null)
{
    public const long PerEvent = 1_000_000;
    public bool IsTerminal => Kind is JobUpdateKind.Succeeded or JobUpdateKind.Failed or JobUpdateKind.Canceled;
}

/// <param name="Image">Which picture of the job, from 0.</param>
/// <param name="Step">Denoising steps done, of <paramref name="Steps"/>.</param>
/// <param name="Preview">The transient blob that holds a decoded partial picture in the job's format, or null.</param>
/// <param name="PreviewIndex">From 0; null without a preview.</param>
[GenerateSerializer, Immutable, Alias("vitrine.RenderProgress")]
public sealed record RenderProgress(
    [property: Id(0)] int Image, [property: Id(1)] int Step, [property: Id(2)] int Steps, [property: Id(3)] string? Preview, [property: Id(4)] int? PreviewIndex);

/// <param name="Position">Jobs that will be served before this one.</param>
/// <param name="Eta">Until its pictures are there: corrected by how wrong the latest announcements were; null before anything was rendered.</param>
/// <param name="Held">True when no live device can run its model at present.</param>
/// <param name="EtaLow">Of ten jobs one is there sooner; null before enough were done to tell.</param>
/// <param name="EtaHigh">Of ten jobs one is there later.</param>
[GenerateSerializer, Immutable, Alias("vitrine.QueuePlace")]
public sealed record QueuePlace(
    [property: Id(0)] int Position, [property: Id(1)] TimeSpan? Eta, [property: Id(2)] bool Held, [property: Id(3)] TimeSpan? EtaLow = null, [property: Id(4)] TimeSpan? EtaHigh = null);
