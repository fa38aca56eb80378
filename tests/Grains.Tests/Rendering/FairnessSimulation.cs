using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;

namespace Vitrine.Grains.Tests;

/// <summary>
/// One device of a fixed rate serves <see cref="FairShare"/> in fake time: work is in millionths of a step-megapixel, time in the same unit, so that a second of the device is what it
/// gets done in a second.
/// </summary>
internal sealed class FairnessSimulation(Random random)
{
    private readonly FairShare _queue = new();
    private readonly PriorityQueue<(QueuedJob Job, double Every), double> _arrivals = new();
    private readonly Dictionary<JobKey, (double At, double Bound)> _waiting = [];
    private string? _inMemory;
    private int _number;

    /// <summary>Whether the device prefers the model that it served last, as one does whose memory holds one.</summary>
    public bool PrefersItsModel { get; init; }

    public double Now { get; private set; }

    /// <summary>Work served by tenant.</summary>
    public Dictionary<string, double> Served { get; } = [];

    /// <summary>How long each tenant's jobs waited, from arrival to the start of service.</summary>
    public Dictionary<string, List<double>> Waits { get; } = [];

    /// <summary>The largest part of its bound that a job waited, of those whose bound was worked out.</summary>
    public double WorstShareOfBound { get; private set; }

    public int Requests { get; private set; }

    public int Waiting => _queue.Count;

    /// <summary>Jobs of a tenant that arrive for ever, on average so often, each as long as the last.</summary>
    public void Arrive(string tenant, double every, long cost, Speed speed = Speed.Fast, int weight = 1, string user = "u", string project = "p", string model = "sticker") =>
        _arrivals.Enqueue((Job(tenant, cost, speed, weight, user, project, model), every), Now + random.NextDouble() * every);

    /// <summary>Jobs that are there from the beginning.</summary>
    public void Backlog(string tenant, int jobs, long cost, Speed speed = Speed.Fast, int weight = 1, string user = "u", string project = "p")
    {
        for (var i = 0; i < jobs; i++) Add(Job(tenant, cost, speed, weight, user, project, "sticker"), bounded: false);
    }

    /// <summary>Serves until so many requests have been seen (and, of a backlog alone, until it is empty).</summary>
    /// <param name="boundEvery">The bound of every so many arrivals is worked out and held against what happens; 0 for none.</param>
    public void Run(int requests, int boundEvery = 0)
    {
        while (Requests < requests || _arrivals.Count == 0)
        {
            TakeIn(boundEvery);
            if (_queue.Take(resident: PrefersItsModel ? model => model == _inMemory : null) is not { } job)
            {
                if (_arrivals.Count == 0) return;
                _arrivals.TryPeek(out _, out var next);
                Now = next;
                continue;
            }
            _inMemory = job.Model;
            var tenant = job.Job.Tenant.Value;
            if (_waiting.Remove(job.Job, out var waiter))
            {
                var waited = Now - waiter.At;
                Waits.TryAdd(tenant, []);
                Waits[tenant].Add(waited);
                if (waiter.Bound > 0) WorstShareOfBound = Math.Max(WorstShareOfBound, waited / waiter.Bound);
            }
            var work = FairShare.WorkOf(job);
            Served[tenant] = Served.GetValueOrDefault(tenant) + work;
            Now += work; // Not to be interrupted: the residual service of whoever arrives now.
        }
    }

    public double Percentile(string tenant, double share)
    {
        var sorted = Waits[tenant].Order().ToList();
        return sorted[(int)(share * (sorted.Count - 1))];
    }

    /// <summary>Jain's index of numbers: 1 when all are equal, 1/n when one has everything (Jain, Chiu, Hawe 1984).</summary>
    public static double Jain(IReadOnlyCollection<double> numbers) => Math.Pow(numbers.Sum(), 2) / (numbers.Count * numbers.Sum(number => number * number));

    private void TakeIn(int boundEvery)
    {
        while (_arrivals.TryPeek(out var arrival, out var at) && at <= Now)
        {
            _arrivals.Dequeue();
            Requests++;
            Add(arrival.Job with { Job = new JobKey(arrival.Job.Job.Tenant, new JobId($"job-{_number++}")) }, boundEvery > 0 && Requests % boundEvery == 0, at);
            _arrivals.Enqueue(arrival, at + arrival.Every * -Math.Log(1 - random.NextDouble()));
        }
    }

    private void Add(QueuedJob job, bool bounded, double? at = null)
    {
        _queue.Add(job);
        // What is in service when it arrives is over at Now.
        _waiting[job.Job] = (at ?? Now, bounded ? _queue.WaitBound(job.Job, PrefersItsModel ? FairShare.AffinityLag : 0) + (Now - (at ?? Now)) : 0);
    }

    private QueuedJob Job(string tenant, long cost, Speed speed, int weight, string user, string project, string model) => new(
        new JobKey(new TenantId(tenant), new JobId($"job-{_number++}")), project, user, model, 1, new Credits((long)(cost * Price.SpeedFactor(speed))), speed, null,
        new Limits(Weight: weight), Limits.None, Limits.None);
}
