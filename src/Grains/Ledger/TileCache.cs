using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>
/// Tiles of all logs with the nodes above them. What a tile holds never changes, it only grows wider until it is full, so a silo that proves much reads little: of a
/// log that it knows, a partial tile once for each checkpoint.
/// </summary>
public sealed class TileCache
{
    /// <summary>Tiles kept, 16 KiB each: 32 MiB.</summary>
    public const int MaxTiles = 2048;

    // Two generations: when the young one is full it becomes the old one, and what nobody asked for since the last time is forgotten.
    private readonly Lock _gate = new();
    private Dictionary<(string Log, int Level, long Index), TileTree> _young = [], _old = [];

    /// <summary>A tile at least as wide as this; null when it must be read.</summary>
    public TileTree? Find(LogId log, Tile tile)
    {
        var place = (log.Value, tile.Level, tile.Index);
        lock (_gate)
        {
            if (_young.TryGetValue(place, out var kept)) return kept.Width >= tile.Width ? kept : null;
            if (!_old.TryGetValue(place, out kept) || kept.Width < tile.Width) return null;
            Keep(place, kept);
            return kept;
        }
    }

    public void Add(LogId log, Tile tile, TileTree hashes)
    {
        var place = (log.Value, tile.Level, tile.Index);
        lock (_gate)
            if (!_young.TryGetValue(place, out var kept) || kept.Width < hashes.Width) Keep(place, hashes);
    }

    private void Keep((string, int, long) place, TileTree tile)
    {
        if (_young.Count >= MaxTiles / 2 && !_young.ContainsKey(place)) (_old, _young) = (_young, []);
        _young[place] = tile;
    }
}
