using Microsoft.Extensions.Logging;
using Orleans.Placement;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Replays;
using Vitrine.Inference;
using Vitrine.Media;
using RenderProgress = Vitrine.Inference.RenderProgress;

namespace Vitrine.Grains.Rendering;

/// <summary>Owns one accelerator: pulls jobs while it has room, renders and finishes their pictures, reports. Native work runs on the engine's own thread.</summary>
[GrainType("vitrine.renderer"), OnDeviceSilo, Immovable]
public sealed partial class RendererGrain(
    LocalDevices devices, ModelCatalogue catalogue, OutputGate gate, Finishing finishing, ClipRendering clips, FinishingLine line, ReplayRendering replays, StartPictures starts, Checkpoints checkpoints, IBlobStore blobs, TimeProvider time,
    ILogger<RendererGrain> log) : Grain, IRendererGrain, IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    /// <summary>How long a silo that stops waits for its pictures to reach the end of their step.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ReportAgain = TimeSpan.FromMilliseconds(250);

    /// <summary>Attempts that may end with their silo before a job is suspected of having ended them, and runs apart.</summary>
    private const int Unsuspected = 2;

    /// <summary>How often a result is reported again after an error that is no outage.</summary>
    private const int MostUnexpected = 20;

    private readonly Dictionary<JobKey, Work> _holding = [];
    private readonly CancellationTokenSource _pausing = new(), _closing = new();
    private DeviceId _device;
    private IRenderingEngine _engine = null!;
    private RenderSite _site = null!;
    private readonly UnreadyModels _unready = new(time);
    private IReadOnlyList<string> _models = [];
    private bool _pulling;
    private bool _pullAgain;
    private long _done;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _device = DeviceId.Parse(this.GetPrimaryKeyString());
        _engine = devices.Engine(_device);
        _site = new RenderSite(_device.ToString(), Hardware.NameOf(_engine.Device), Hardware.Runtime, OutputSealing.GeneratorVersion);
        _models = [.. catalogue.Models.Where(model => model.Kind == ModelKind.TextToImage && model.Devices.Any(kind => (int)kind == (int)_device.Kind)).Select(model => model.Name)];
        this.RegisterGrainTimer(_ => Beat(), new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Heartbeat, KeepAlive = true, Interleave = true });
        return Task.CompletedTask;
    }

    /// <summary>The silo stops: every picture leaves the device with the step that it has reached, and the queue hears that others may go on with it.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _pausing.CancelAsync();
        await Task.WhenAll(_holding.Values.Select(work => work.Ended)).WaitAsync(DrainTime, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await _closing.CancelAsync();
        Task leaving = GrainFactory.RenderQueue(PoolId.Main).Take(new RendererOffer(_device, 0, [], _models, Leaving: true));
        await leaving.WaitAsync(Heartbeat, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public void Dispose()
    {
        _pausing.Dispose();
        _closing.Dispose();
    }

    public Task Start() => Task.CompletedTask;
    public Task Wake() => Pull();

    public Task Stop(JobKey job)
    {
        if (_holding.TryGetValue(job, out var work)) work.Cancel();
        return Task.CompletedTask;
    }

    public Task<RendererStatus> Status() => Task.FromResult(new RendererStatus(_device, _device.Silo, [.. _holding.Keys], _done));

    private Task Beat()
    {
        RenderTelemetry.Engine(_device.ToString(), _engine.Statistics);
        return Pull();
    }

    private async Task Pull()
    {
        // Calls interleave; one pull at a time, and one more if somebody asked meanwhile.
        if (_pausing.IsCancellationRequested) return;
        if (_pulling) { _pullAgain = true; return; }
        _pulling = true;
        try
        {
            do
            {
                _pullAgain = false;
                var (room, express) = (_engine.Slots - Held(express: false), _engine.ExpressSlots - Held(express: true));
                var offer = new RendererOffer(_device, Math.Max(0, room), [.. _holding.Keys], [.. _models.Where(_unready.Offers)], _engine.Resident, ExpressRoom: Math.Max(0, express), Done: DoneOfLong());
                foreach (var job in await GrainFactory.RenderQueue(PoolId.Main).Take(offer))
                    if (!_holding.ContainsKey(job.Job)) TakeUp(job);
            }
            while (_pullAgain && !_pausing.IsCancellationRequested);
        }
        catch (Exception e) when (e is LedgerUnavailableException or OrleansException or TimeoutException)
        {
            // The next heartbeat asks again.
            LogCannotPull(_device, e.Message);
        }
        finally
        {
            _pulling = false;
        }
    }

    private Dictionary<JobKey, double>? DoneOfLong()
    {
        var done = _holding.Where(each => each.Value.Done is > 0).ToDictionary(each => each.Key, each => each.Value.Done);
        return done.Count > 0 ? done : null;
    }

    private int Held(bool express) => _holding.Values.Where(work => work.Express == express).Sum(work => work.Images);

    private void TakeUp(QueuedJob job)
    {
        var work = new Work(job.Images, job.Express, CancellationTokenSource.CreateLinkedTokenSource(_closing.Token));
        _holding[job.Job] = work;
        work.Ended = Run(job, work);
    }

    private async Task Run(QueuedJob job, Work work)
    {
        using var activity = RenderTelemetry.Start("render job", job.Trace);
        activity?.SetTag("vitrine.job", job.Job.Job.Value);
        try
        {
            if (!await IsReady(job, work.Token)) return;
            if (ReplayId.TryParse(job.Job.Job.Value, out var replay)) await Replay(job.Job, replay, job.Express, work.Token);
            else if (await GrainFactory.Job(job.Job).Begin(_device, CancellationToken.None) is { } order)
                await Report(GrainFactory.Job(job.Job), order, await Render(order, work));
        }
        catch (Exception over) when (over is OperationCanceledException or RenderPausedException)
        {
            // Called off, or this silo stops; either way somebody else has the say about the job now.
        }
        catch (Exception e) when (e is LedgerUnavailableException or OrleansException or TimeoutException)
        {
            // We could not begin it. Not holding it any more makes the queue free it.
            LogGaveBack(_device, job.Job, e.Message);
        }
#pragma warning disable CA1031 // Nobody else would hear of it; the queue frees what is not held.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            LogBug(_device, job.Job, bug);
        }
        finally
        {
            _holding.Remove(job.Job);
            work.Dispose();
            Pull().Ignore();
        }
    }

    /// <summary>A job waits for its model, and never fails because of it: it is begun once the model is in memory, and where that cannot be, others have it.</summary>
    private async Task<bool> IsReady(QueuedJob job, CancellationToken cancellation)
    {
        if (_engine.Resident.Contains(job.Model)) return true;
        try
        {
            await _engine.Load(job.Model, cancellation).WaitAsync(_pausing.Token);
            _unready.Ready(job.Model);
            return true;
        }
        catch (ModelDoesNotFitException)
        {
            // With all its upscalers; this job may need none of them.
            return true;
        }
        catch (Exception e) when (e is ModelLoadException or DeviceUnavailableException)
        {
            LogUnready(_device, job.Model, _unready.Withdraw(job.Model).TotalSeconds, e);
            RenderTelemetry.Unready(job.Model);
            return false;
        }
    }

    private async Task<RenderResult> Render(RenderOrder order, Work work)
    {
        var (express, cancellation) = (work.Express, work.Token);
        // Attempts that ended in a pause are nobody's fault; how many they were is only asked where it matters.
        var deaths = order.Unreported < Unsuspected ? 0 : order.Unreported - await checkpoints.Pauses(order.Job, cancellation);
        var engine = deaths >= Unsuspected ? _engine.Apart : _engine;
        var pictures = new FinishedOutput[order.View.Images];
        var denoised = new StepCheckpoint?[pictures.Length];
        var previews = new PreviewStream(order, gate, blobs, GrainFactory);
        try
        {
            var start = await starts.Read(order.Job.Tenant, order.View.Start, cancellation);
            if (order.View.Start is { IsRendition: true }) pictures[0] = await line.Run(express, () => finishing.FinishRendition(order, Rendition.Of(order.View, start!.File), start, _site, cancellation), cancellation);
            else if (order.View.Clip is not null)
                for (var clip = 0; clip < pictures.Length && pictures[Math.Max(0, clip - 1)] is not FinishedOutput.Blocked; clip++)
                    pictures[clip] = await RenderClip(engine, order, clip, start, previews, work);
            else await Task.WhenAll(Enumerable.Range(0, pictures.Length).Select(async image =>
            {
                var rendered = await RenderOne(engine, order, image, express, start, previews, cancellation);
                denoised[image] = rendered.Denoised;
                // Off the grain's scheduler: screening, encoding and hashing would hold up its heartbeat.
                pictures[image] = await line.Run(express, () => finishing.Finish(order, image, rendered, start, _site, cancellation), cancellation);
            }));
            if (pictures.OfType<FinishedOutput.Blocked>().ToList() is { Count: > 0 } blocked)
            {
                await Discard(order, pictures);
                await previews.Withdraw();
                var failure = Blocked(blocked);
                LogBlocked(order.Job, order.Attempt, string.Join(", ", failure.Rules!));
                return new RenderResult([], failure, false) { Blocked = [.. blocked.Select(picture => picture.Output)] };
            }
            _done += pictures.Length;
            return new RenderResult([.. pictures.OfType<FinishedOutput.Stored>().Select(picture => picture.Asset)], null, false);
        }
        catch (RenderPausedException)
        {
            await KeepDenoised(order.Job, denoised);
            await checkpoints.CountPause(order.Job);
            await Discard(order, pictures);
            throw;
        }
        catch (Exception e)
        {
            await Discard(order, pictures);
            if (e is OperationCanceledException && _closing.IsCancellationRequested) await KeepDenoised(order.Job, denoised);
            else if (e is OperationCanceledException)
            {
                // Called off: nobody shall go on with it or look at it.
                await checkpoints.Remove(order.Job, order.View);
                await previews.Withdraw();
            }
            if (RenderFailures.IsNone(e)) throw;
            LogFailed(order.Job, order.Attempt, e);
            var (failure, mayRetry) = RenderFailures.Of(e);
            return new RenderResult([], failure, mayRetry) { Deaths = e is RenderFailedException { Reason: RenderFailure.Crashed } ? deaths : 0 };
        }
    }

    // Pictures of a job that were done need not be denoised again where it goes on.
    private async Task KeepDenoised(JobKey job, StepCheckpoint?[] denoised)
    {
        for (var image = 0; image < denoised.Length; image++)
            if (denoised[image] is { } last) await checkpoints.Write(job, image, last);
    }

    // In the line of those who finish pictures: marking and encoding frames takes longer than denoising.
    private Task<FinishedOutput> RenderClip(IRenderingEngine engine, RenderOrder order, int clip, StartPicture? start, PreviewStream previews, Work work)
    {
        return line.Run(express: false, () => clips.Make(engine, order, clip, start, _site, Tell, work.Token, _pausing.Token), work.Token);

        void Tell(RenderProgress progress)
        {
            work.Done = (clip + (double)progress.Step / progress.Steps) / order.View.Images;
            previews.Tell(clip, progress);
        }
    }

    private async Task<RenderedImage> RenderOne(IRenderingEngine engine, RenderOrder order, int image, bool express, StartPicture? start, PreviewStream previews, CancellationToken cancellation)
    {
        var job = order.View;
        // A first attempt has nothing to go on from.
        var resume = order.Attempt > 1 ? await checkpoints.Read(order.Job, image, cancellation) : null;
        var request = new ImageRequest(job.Model!, job.Prompt!, job.NegativePrompt ?? "", (ulong)job.Seed + (ulong)image, job.Steps, job.Guidance, job.Width, job.Height, job.Previews)
        {
            CheckpointEvery = checkpoints.Interval.Steps, Resume = resume, KeepLatent = true, Start = start?.Begin, Express = express,
        };
        try
        {
            var rendered = await engine.Render(request, progress => Tell(order, image, previews, progress), cancellation, _pausing.Token);
            RenderTelemetry.Rendered(rendered, express);
            RenderTelemetry.Resumed(rendered.ResumedAt);
            checkpoints.Interval.Stepped(rendered.DeviceTime, rendered.StepsRun);
            return rendered;
        }
        catch (RenderPausedException paused)
        {
            if (paused.Checkpoint is { } last) await checkpoints.Write(order.Job, image, last);
            throw;
        }
    }

    // On a pool thread of the engine's, which waits for nobody else; a picture's previews and checkpoints must stay in order.
    private void Tell(RenderOrder order, int image, PreviewStream previews, RenderProgress progress)
    {
        previews.Tell(image, progress);
#pragma warning disable RS0030
        if (progress.Checkpoint is { } checkpoint) checkpoints.Write(order.Job, image, checkpoint).GetAwaiter().GetResult();
#pragma warning restore RS0030
    }

    // Pictures of a job that fails: some are stored already, and no record will ever name them.
    private async Task Discard(RenderOrder order, IEnumerable<FinishedOutput?> pictures)
    {
        foreach (var picture in pictures.OfType<FinishedOutput.Stored>())
            await blobs.Delete(new BlobKey(order.Job.Tenant.Value, picture.Asset.Sha256), CancellationToken.None);
    }

    private static Failure Blocked(List<FinishedOutput.Blocked> pictures) =>
        new(Failure.OutputBlocked, pictures[0].Sentence, [.. pictures.SelectMany(picture => picture.Output.Screening.Rules).Distinct()]);

    private async Task Replay(JobKey place, ReplayId id, bool express, CancellationToken cancellation)
    {
        var grain = GrainFactory.Replays(place.Tenant);
        if (await grain.Begin(id, _device, CancellationToken.None) is not { } order) return;
        ReplayResult result;
        try
        {
            result = new ReplayResult(await replays.Make(order.Attempt > Unsuspected ? _engine.Apart : _engine, _site, place.Tenant, order, express, cancellation, _pausing.Token), null, false);
        }
        catch (Exception e) when (!RenderFailures.IsNone(e))
        {
            LogFailed(place, order.Attempt, e);
            var (failure, mayRetry) = RenderFailures.Of(e);
            result = new ReplayResult(null, failure, mayRetry);
        }
        await Surely(place, () => grain.Finish(id, order.Attempt, result, CancellationToken.None));
    }

    private async Task Report(IJobGrain grain, RenderOrder order, RenderResult result)
    {
        var counts = false;
        await Surely(order.Job, async () => counts = await grain.Finish(order.Attempt, result, CancellationToken.None));
        if (!counts) await Surely(order.Job, () => ThrowAway(grain, order, result));
        // Only now: until the result is on record, somebody may have to go on with these steps. A retry goes on with them too.
        else if (!result.MayRetry) await checkpoints.Remove(order.Job, order.View);
    }

    /// <summary>Tells a grain, for as long as it takes: a result must not be lost because the store was away for a while.</summary>
    private async Task Surely(JobKey job, Func<Task> tell)
    {
        for (var unexpected = 0; ;)
        {
            try
            {
                await tell();
                return;
            }
            // What nobody expects may be over when another activation answers; for ever it is not asked.
            catch (Exception e) when (e is LedgerUnavailableException or OrleansException or TimeoutException || e is not OperationCanceledException && unexpected++ < MostUnexpected)
            {
                LogCannotReport(job, e.Message);
                await Task.Delay(ReportAgain, time, _closing.Token);
            }
        }
    }

    // Outputs of an attempt that no longer counts; a picture that the accepted attempt made byte for byte alike stays.
    private async Task ThrowAway(IJobGrain grain, RenderOrder order, RenderResult result)
    {
        var kept = (await grain.Get())?.Assets.Select(asset => asset.Sha256).ToHashSet() ?? [];
        foreach (var output in result.Outputs.Where(output => !kept.Contains(output.Sha256)))
            await blobs.Delete(new BlobKey(order.Job.Tenant.Value, output.Sha256), CancellationToken.None);
    }

    private sealed class Work(int images, bool express, CancellationTokenSource cancellation) : IDisposable
    {
        private double _done;

        public int Images => images;
        public bool Express => express;
        public CancellationToken Token { get; } = cancellation.Token;
        public Task Ended { get; set; } = Task.CompletedTask;

        /// <summary>The share of a long job that is done, told from another thread; zero for others.</summary>
        public double Done { get => Volatile.Read(ref _done); set => Volatile.Write(ref _done, value); }
        public void Cancel() => cancellation.Cancel();
        public void Dispose() => cancellation.Dispose();
    }
}
