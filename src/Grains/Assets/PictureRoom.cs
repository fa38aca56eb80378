namespace Vitrine.Grains.Assets;

/// <summary>Where pictures that come from outside are opened. One of the largest size takes up to 200 MB while it is looked at, so few are open at once; the others wait.</summary>
public sealed class PictureRoom : IDisposable
{
    private const int MostAtOnce = 2;

    private readonly SemaphoreSlim _room = new(MostAtOnce);

    /// <summary>Runs on a pool thread, when it is its turn: it takes up to a second and must not hold up a grain.</summary>
    public async Task<T> Look<T>(Func<T> look, CancellationToken cancellation)
    {
        await _room.WaitAsync(cancellation);
        try
        {
            return await Task.Run(look, cancellation);
        }
        finally
        {
            _room.Release();
        }
    }

    public void Dispose() => _room.Dispose();
}
