using Vitrine.Local;

namespace Vitrine.Bench;

/// <summary>What the benchmarks of one run share: how long they may take, and one platform in a folder that is thrown away.</summary>
internal sealed class BenchRun(Repository repository, bool quick) : IAsyncDisposable
{
    private readonly string _folder = Path.Combine(repository.Root, ".local", "bench", "work");
    private BenchPlatform? _platform;

    public Repository Repository => repository;

    /// <summary>The one or the other, as the run is quick or not.</summary>
    public T Choose<T>(T full, T brief) => quick ? brief : full;

    /// <summary>A running platform with a durable database, with or without a device that renders.</summary>
    /// <param name="mostWaiting">Jobs that may wait before new ones are refused; null for the default.</param>
    public async Task<BenchPlatform> Platform(bool renders, CancellationToken ct, int? mostWaiting = null)
    {
        if (_platform is { } running && running.Renders == renders && running.MostWaiting == mostWaiting)
            return running;
        if (_platform is not null)
            await _platform.DisposeAsync();
        else
            Clear();
        return _platform = await BenchPlatform.Start(repository, _folder, renders, mostWaiting, ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
            await _platform.DisposeAsync();
        Clear();
    }

    private void Clear()
    {
        // Where root may not keep the data of PostgreSQL here, it lies elsewhere and the platform has told where.
        foreach (var folder in new[] { _platform?.DatabaseFolder, _folder })
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
    }
}
