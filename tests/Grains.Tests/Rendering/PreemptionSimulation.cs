using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Inference;
using DeviceKind = Vitrine.Grains.Interfaces.DeviceKind;

namespace Vitrine.Grains.Tests;

/// <summary>
/// One device of one lane with a batch of one, in fake time: <see cref="RenderQueue"/> gives jobs out, and the lane does what a device loop does with an express one. Work is in millionths of a
/// step-megapixel, time in the same unit.
/// </summary>
/// <param name="steps">Of every job; an express one comes in between two of them.</param>
internal sealed class PreemptionSimulation(Random random, ModelCatalogue catalogue, int steps)
{
    private static readonly DeviceId Device = new("lane", DeviceKind.Cpu, 0);
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _model = catalogue.Models.First(model => model.Kind == ModelKind.TextToImage).Name;
    private readonly RenderQueue _queue = new(catalogue);
    private readonly PriorityQueue<(QueuedJob Job, double Every), double> _arrivals = new();
    private readonly Dictionary<JobKey, (double At, double Bound)> _waiting = [];
    private InService? _begun, _express;
    private int _number;

    public double Now { get; private set; }
    public int Requests { get; private set; }

    /// <summary>From arrival to the end of service, by tenant.</summary>
    public Dictionary<string, List<double>> Times { get; } = [];
    public Dictionary<string, double> Served { get; } = [];

    /// <summary>The largest part of its bound that a job waited for its first step.</summary>
    public double WorstShareOfBound { get; private set; }

    /// <summary>The longest that a job which the device had taken stood aside, and how many did.</summary>
    public double LongestAside { get; private set; }
    public int SetAside { get; private set; }

    /// <summary>The most times that one job was set aside.</summary>
    public int MostTimesAside { get; private set; }

    public void Arrive(string tenant, double every, long cost, string user = "u") =>
        _arrivals.Enqueue((new QueuedJob(new JobKey(new TenantId(tenant), new JobId("job")), "p", user, _model, 1, new Credits(cost), Speed.Fast, null, Limits.None, Limits.None, Limits.None), every),
            random.NextDouble() * every);

    public void Run(int requests, int boundEvery = 0)
    {
        for (var changed = true; Requests < requests;)
        {
            changed |= TakeIn(boundEvery);
            if (changed) TakeUp();
            changed = false;
            if (Current() is { } current)
            {
                Now += FairShare.WorkOf(current.Job) / steps;
                if (--current.StepsLeft > 0) continue;
                End(current);
                changed = true;
            }
            else if (_arrivals.TryPeek(out _, out var next)) Now = next;
        }
    }

    private void TakeUp()
    {
        var holding = new[] { _begun, _express }.OfType<InService>().Select(each => each.Job.Job).ToList();
        foreach (var job in _queue.Take(new RendererOffer(Device, _begun is null ? 1 : 0, holding, [_model], ExpressRoom: _express is null ? 1 : 0), At()))
            if (job.Express) _express = new InService(job, steps);
            else _begun = new InService(job, steps);
    }

    private InService? Current()
    {
        if (_express is { HasBegun: false } && _begun is { TimesAside: > 0 } before) return Begin(before);
        if (_express is null) return _begun is null ? null : Begin(_begun);
        if (!_express.HasBegun && _begun is { } aside)
        {
            (aside.AsideSince, SetAside) = (Now, SetAside + 1);
            MostTimesAside = Math.Max(MostTimesAside, ++aside.TimesAside);
        }
        return Begin(_express);
    }

    private InService Begin(InService job)
    {
        if (job.HasBegun) return job;
        job.HasBegun = true;
        var (at, bound) = _waiting[job.Job.Job];
        if (bound > 0) WorstShareOfBound = Math.Max(WorstShareOfBound, (Now - at) / bound);
        return job;
    }

    private void End(InService job)
    {
        var tenant = job.Job.Job.Tenant.Value;
        _waiting.Remove(job.Job.Job, out var waited);
        Times.TryAdd(tenant, []);
        Times[tenant].Add(Now - waited.At);
        Served[tenant] = Served.GetValueOrDefault(tenant) + FairShare.WorkOf(job.Job);
        _queue.Remove(job.Job.Job, rendered: true, At());
        if (job != _express)
        {
            _begun = null;
            return;
        }
        _express = null;
        if (_begun is { AsideSince: { } since } back) (LongestAside, back.AsideSince) = (Math.Max(LongestAside, Now - since), null);
    }

    private bool TakeIn(int boundEvery)
    {
        var any = false;
        while (_arrivals.TryPeek(out var arrival, out var at) && at <= Now)
        {
            _arrivals.Dequeue();
            var job = arrival.Job with { Job = new JobKey(arrival.Job.Job.Tenant, new JobId($"job-{_number++}")) };
            _queue.Enqueue(job);
            // The step that is under way when it arrives is over at Now.
            _waiting[job.Job] = (at, ++Requests > 0 && boundEvery > 0 && Requests % boundEvery == 0 ? _queue.WorkBound(job.Job) + Now - at : 0);
            _arrivals.Enqueue(arrival, at + arrival.Every * -Math.Log(1 - random.NextDouble()));
            any = true;
        }
        return any;
    }

    private DateTimeOffset At() => Noon + TimeSpan.FromTicks((long)Now);

    private sealed class InService(QueuedJob job, int steps)
    {
        public QueuedJob Job => job;
        public int StepsLeft { get; set; } = steps;
        public bool HasBegun { get; set; }
        public int TimesAside { get; set; }
        public double? AsideSince { get; set; }
    }
}
